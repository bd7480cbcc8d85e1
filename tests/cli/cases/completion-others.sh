# The scripts are ones that these shells accept.
command -v zsh >/dev/null || command -v fish >/dev/null || exit 77
! command -v zsh >/dev/null || { pimlift completion zsh >_pimlift && zsh -n _pimlift; }
! command -v fish >/dev/null || { pimlift completion fish >pimlift.fish && fish -n pimlift.fish; }
