#!/usr/bin/env python3
"""Sets the folder grants that `pimlift shares DIR --target zimbra` printed, by zmmailbox, as the user zimbra.

    pimlift shares out --target zimbra > sharing.jsonl
    ./zimbra-sharing.py -n sharing.jsonl     shows the commands
    ./zimbra-sharing.py sharing.jsonl

A grant replaces the one that somebody has, so this can run again. People who are not in the file keep what they have.
A folder there has the grants of the one above it until it has its own. So the deepest come first; one that grants
nobody anything is told to take none from above; and where that fails, the folders above get no grants either.
Not run against Zimbra by the project: try one account first.
"""
import argparse
import json
import subprocess
import sys


def mailbox(owner, *words):
    """The words of a call of zmmailbox."""
    return ["zmmailbox", "-z", "-m", owner, *words]


def command(line):
    """The call that sets one line."""
    grantee = ["all"] if line["who"] == "default" else ["account", line["user"]]
    return mailbox(line["owner"], "modifyFolderGrant", line["path"], *grantee, line["access"])


def flags_of(owner, path):
    """Of a folder, as letters; None where there is none."""
    done = subprocess.run(mailbox(owner, "getFolder", path), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, check=False)
    try:
        return json.loads(done.stdout).get("flags") or "" if done.returncode == 0 else None
    except ValueError:
        return None


class Folders:
    """The lines of each folder, by its owner and its path in the source."""

    def __init__(self, lines):
        self.lines, self.leaky = {}, set()
        for line in lines:
            self.lines.setdefault((line["owner"], line["folder"]), []).append(line)

    def deepest_first(self):
        """All keys."""
        return sorted(self.lines, key=lambda key: -key[1].count("/"))

    def grants(self, key):
        """Does anybody get anything there?"""
        return any(line["access"] not in (None, "none") for line in self.lines[key])

    def is_below_grants(self, key):
        """Does a folder above it grant anything?"""
        parts = key[1].split("/")
        above = [(key[0], "/".join(parts[:n])) for n in range(1, len(parts))]
        return any(k in self.lines and self.grants(k) for k in above)

    def would_leak(self, key):
        """Is there one below that would take the grants of this one?"""
        return any(owner == key[0] and folder.startswith(key[1] + "/") for owner, folder in self.leaky)


def close(owner, path, dry, about):
    """Lets a folder take no grants from above."""
    flags = "FLAGS" if dry else flags_of(owner, path)
    if flags is None:
        print(about, "passed over: there is no such folder")
        return True
    if "i" in flags:
        return True
    words = mailbox(owner, "modifyFolderFlags", path, flags + "i")
    if dry:
        print(about, words)
        return True
    return subprocess.call(words, stdin=subprocess.DEVNULL) == 0


def set_lines(lines, dry):
    """Whether all of it is well."""
    well = True
    for line in lines:
        about = ascii((line["owner"], line["folder"], line["user"] or line["who"]))
        if line["access"] is None:
            print(about, "passed over: its owner, its user or the folder has no name there")
        elif dry:
            print(about, command(line))
        elif subprocess.call(command(line), stdin=subprocess.DEVNULL):
            print(about, "failed")
            well = False
    return well


def set_folder(folders, key, dry):
    """All of one folder. Whether it is well, and whether it still takes grants from above."""
    lines, about = folders.lines[key], ascii(key)
    if not key[0] or not lines[0]["path"]:
        return set_lines(lines, dry), True
    if folders.would_leak(key) and folders.grants(key):
        print(about, "passed over: a folder below would have its grants, which does not give them")
        return False, True
    if folders.grants(key) or not folders.is_below_grants(key):
        well = set_lines(lines, dry)
        return well, not well
    closed = close(key[0], lines[0]["path"], dry, about)
    return set_lines(lines, dry) and closed, not closed


def main():
    """All lines; 1 where one failed."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("-n", "--dry-run", action="store_true")
    parser.add_argument("file")
    options, failed = parser.parse_args(), False
    with open(options.file, encoding="utf-8") as lines:
        folders = Folders(map(json.loads, lines))
    for key in folders.deepest_first():
        well, leaky = set_folder(folders, key, options.dry_run)
        failed = failed or not well
        if leaky:
            folders.leaky.add(key)
    return failed


sys.exit(main())
