#!/usr/bin/python3
"""No process stays when the one that writes is killed as soon as it has children: orphans.py PIMLIFT STORE OUT COUNT says how many did.

The moment is that between fork() and the child's first look at its parent; one, two or three children are waited for in turn.
"""
import os
import shutil
import subprocess
import sys
import time

pimlift, store, out, count = *sys.argv[1:4], int(sys.argv[4])


def children(pid):
    try:
        with open(f"/proc/{pid}/task/{pid}/children", encoding="utf-8") as f:
            return f.read().split()
    except FileNotFoundError:
        return []


def lives(pid):
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8") as f:
            return f.read().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


left = 0
for i in range(count):
    shutil.rmtree(out, ignore_errors=True)
    run = subprocess.Popen([pimlift, "convert", store, "--quiet", "--jobs", "2", "-o", out])
    found = []
    while run.poll() is None and len(found) <= i % 3:
        found = children(run.pid)
    run.kill()
    run.wait()
    time.sleep(0.1)
    for pid in filter(lives, found):
        left += 1
        os.kill(int(pid), 9)
shutil.rmtree(out, ignore_errors=True)
print(left)
