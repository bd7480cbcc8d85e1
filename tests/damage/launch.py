"""Runs one program after the other and measures each: a small process of its own, because the peak that the
kernel tells of a program is not below that of the process which started it.

On each line of stdin: seconds, the file for what it says, the arguments; divided by NUL. On stdout: exit status (negative: killed by
a signal), seconds of processor time, peak KiB. What needs more of these than it may, or six times as many on the clock (it waits, or
the machine is busy), is killed.
"""
import os
import resource
import sys
import time


def run(seconds, said, args):
    """One program."""
    begin = time.monotonic()
    child = os.fork()
    if not child:
        resource.setrlimit(resource.RLIMIT_CPU, (int(seconds) + 1, int(seconds) + 2))
        out = os.open(said, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
        for fd in (1, 2):
            os.dup2(out, fd)
        os.dup2(os.open("/dev/null", os.O_RDONLY), 0)
        try:
            os.execv(args[0], args)
        finally:
            os._exit(127)
    while True:
        pid, status, usage = os.wait4(child, os.WNOHANG)
        took = time.monotonic() - begin
        if pid:
            return os.waitstatus_to_exitcode(status), usage.ru_utime + usage.ru_stime, usage.ru_maxrss
        if took > seconds * 6:
            os.kill(child, 9)
        time.sleep(0.001 if took < 0.1 else 0.01)


for line in sys.stdin:
    limit, where, *words = line.rstrip("\n").split("\0")
    print(*run(float(limit), where, words), flush=True)
