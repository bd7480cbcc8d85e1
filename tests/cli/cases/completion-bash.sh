# The script is one that bash accepts, and it completes commands, flags and values.
command -v bash >/dev/null || exit 77
pimlift completion bash >pimlift.bash || exit 1
cat >ask.bash <<'END'
compopt() { :; }
. ./pimlift.bash
ask() { COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _pimlift; echo "${COMPREPLY[*]}"; }
ask pimlift co
ask pimlift convert --la
ask pimlift convert --layout = i
ask pimlift convert --layout =
ask pimlift list --j
END
bash --norc ask.bash
