# A Slurm job array without Slurm: which stores a task takes, and how it ends. tests/batch tries it with Slurm.
[ -e fixtures/office.pst ] || exit 77
mkdir bin
for name in task list; do ln -s "$PWD/docs/cookbook/pimlift-$name" bin; done
PATH=$PWD/bin:$PATH
for name in one two three; do cp fixtures/tasks.pst $name.pst; done
echo junk >junk.pst
task() { # NUMBER LIST
    SLURM_ARRAY_TASK_ID=$1 sh docs/cookbook/pimlift-array.sbatch "$2" parts -q --to ics 2>&1
    echo "task $1: status $?; $(grep -sHo '"path":"[^"]*"' parts/*/run.json | tr -d '"' | tr '\n' ' ')"
    rm -rf parts
}
printf 'one.pst\r\ntwo.pst\r\n' >lines
printf 'one.pst\0two.pst\0' >nul
task 1 lines
task 2 lines
task 3 lines
task 2 nul
: >empty
task 1 empty
printf '%s\n' one.pst junk.pst two.pst three.pst one.pst >many # the last one to two tasks
export PER_TASK=2
for number in 1 2 3 4; do task $number many; done
# shellcheck disable=SC2016
printf '#!/bin/sh\necho "$2 $3"; exit $2\n' >bin/stub && chmod +x bin/stub && ln -sf stub bin/pimlift-task
export PER_TASK=5
task 1 many
