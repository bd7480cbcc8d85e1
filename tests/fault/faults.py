#!/usr/bin/env python3
"""Each call that can fail, failing at each of its times: faults.py PROGRAM LIBRARY MKSTORE [options].

A scenario is one command over small stores. It runs once undisturbed, which counts the calls, then once for each
call that is made to fail (fail.c says how). What is asked of each of these runs is in judge(). The independent side: the
undisturbed run, hashes, SQLite's own integrity check, the bookkeeping of fail.c.

Allocations inside libraries are tried once for each way that leads to them (each different stack), all others and all
system calls at each of their times.
"""
import argparse
import collections
import concurrent.futures
import difflib
import errno
import hashlib
import json
import os
import re
import shutil
import sqlite3
import struct
import subprocess
import sys
import tempfile
import threading
import time

SHORT = -1
E = {name: getattr(errno, name) for name in dir(errno) if name.startswith("E")}
E["short"] = SHORT

# What each call may say. Those after a slash must not be seen at all: the program goes on. (Files do not say EINTR to
# read(); stdio would not read on.)
HOWS = {
    "own": "ENOMEM", "library": "ENOMEM", "fork": "EAGAIN",
    "read": "EIO EINTR/short", "pread64": "EIO/EINTR short", "readv": "EIO/EINTR short",
    "write": "ENOSPC EIO/EINTR short", "pwrite64": "ENOSPC EIO/EINTR short", "writev": "ENOSPC EIO/EINTR short",
    "open": "EACCES EMFILE ENOSPC", "openat": "EACCES EMFILE ENOSPC", "close": "EIO EINTR",
    "fsync": "EIO ENOSPC", "fdatasync": "EIO ENOSPC", "syncfs": "EIO ENOSPC", "sync_file_range": "/EIO",
    "rename": "EIO EACCES", "renameat": "EIO EACCES", "renameat2": "EIO EACCES ENOSPC/EINVAL",
    "link": "EACCES", "linkat": "EACCES", "symlink": "EACCES", "unlink": "EACCES EIO", "unlinkat": "EACCES EIO",
    "mkdir": "EACCES ENOSPC", "mkdirat": "EACCES ENOSPC", "rmdir": "EIO", "ftruncate": "EIO/EINTR",
    "fallocate": "ENOSPC/EOPNOTSUPP", "stat": "EIO", "lstat": "EIO", "fstat": "EIO", "newfstatat": "EIO EACCES",
    "access": "EACCES", "faccessat2": "EACCES", "readlink": "EIO", "getdents64": "EIO", "lseek": "EIO",
    "fcntl": "EAGAIN EIO", "flock": "EAGAIN", "fchown": "EPERM", "fchmod": "EPERM", "getcwd": "ENOENT",
    "mmap": "ENOMEM", "pipe2": "EMFILE", "socketpair": "EMFILE", "poll": "ENOMEM/EINTR",
    "recvfrom": "EIO/EINTR", "sendto": "EIO/EINTR", "wait4": "ECHILD/EINTR", "ioctl": "ENOTTY",
    "getrandom": "ENOSYS", "prctl": "EINVAL", "landlock_create_ruleset": "/EOPNOTSUPP", "landlock_add_rule": "/EINVAL",
    "landlock_restrict_self": "/EPERM",
}
KINDS = list(HOWS)
# Libraries that use what they did not get. What they are asked for stays in this list, so that only their own
# allocations are excused; pimlift looks for memory before it calls them.
UNCHECKED = ("libical.so", "libicu", "libcrypto.so", "libstdc++.so")
# Faults that last from some call on: the group of calls, and what it says.
LASTING = {"disk": "ENOSPC", "io": "EIO", "fds": "EMFILE", "memory": "ENOMEM"}
PROCESSES, SITES, WHERE, ASKER = 8, 8, 64, 32
PROCESS = struct.Struct("=5I%dI%dII%ds%ds%ds" % (len(KINDS) + len(LASTING), SITES, WHERE, ASKER, ASKER))
VARIES = {"ledger.db", "run.json", "report.jsonl", "SHA256SUMS"}


class Told:
    """What fail.c tells of a run."""

    def __init__(self, path):
        data = open(path, "rb").read()
        self.forks = struct.unpack_from("=I", data)[0]
        self.of = []
        for i in range(PROCESSES):
            f = PROCESS.unpack_from(data, 4 + i * PROCESS.size)
            counts = dict(zip(KINDS + list(LASTING), f[5:]))
            where, asker, first = (text.split(b"\0")[0].decode(errors="replace") for text in f[-3:])
            self.of.append(collections.namedtuple("P", "hits ended own foreign descriptors counts sites at where asker first")(
                *f[:5], counts, [s for s in f[-4 - SITES:-4] if s], f[-4], where, asker, first))
        self.hits = sum(p.hits for p in self.of)
        self.main = self.of[0]


class Run:
    """One run of a scenario in a folder of its own."""

    def __init__(self, scenario, folder, fault=None, stacks=None, rerun=None):
        self.scenario, self.folder = scenario, folder
        self.output = os.path.join(folder, "out")
        told = os.path.join(folder, "told")
        if rerun is None:
            shutil.rmtree(folder, ignore_errors=True)
            os.makedirs(os.path.join(folder, "tmp"))
            scenario.prepare(folder)
        elif os.path.exists(told):
            os.remove(told)
        env = {"PATH": os.environ["PATH"], "TMPDIR": os.path.join(folder, "tmp"), "LD_PRELOAD": LIBRARY, "FAULT_TOLD": told}
        if SHOW and fault:
            env["FAULT_SHOW"] = "1"
        if stacks:
            env["FAULT_STACKS"] = stacks
        if fault:
            env.update(FAULT_KIND=fault.kind, FAULT_N=str(fault.n), FAULT_HOW=str(E[fault.how]),
                       FAULT_PROCESS=str(fault.process), FAULT_EVER="1" if fault.ever else "0")
        words = [word for word in scenario.words if word != "--resume" or rerun != ["--force"]]
        self.argv = [PROGRAM] + words + (rerun or [])
        with open(os.path.join(folder, "stdout"), "wb") as out, open(os.path.join(folder, "stderr"), "wb") as err:
            p = subprocess.Popen(self.argv, cwd=folder, env=env, stdin=subprocess.DEVNULL, stdout=out, stderr=err,
                                 start_new_session=True)
            try:
                self.status = p.wait(timeout=20)
            except subprocess.TimeoutExpired:
                os.killpg(p.pid, 9)
                p.wait()
                self.status = "hang"
        self.told = Told(told)
        self.stdout = open(os.path.join(folder, "stdout"), "rb").read()
        if scenario.words[0] == "check": # the disk is not ours alone: how much of it is free changes from run to run
            self.stdout = re.sub(rb"[0-9.]+ ([KMGT]i)?B are free", b"some are free", self.stdout)
        self.stderr = open(os.path.join(folder, "stderr"), "rb").read().decode(errors="replace")

    def tree(self):
        return tree(self.output)


Fault = collections.namedtuple("Fault", "kind n how process ever unseen", defaults=(0, False, False))


def tree(top):
    found = {}
    for folder, names, files in os.walk(top):
        for name in files:
            path = os.path.join(folder, name)
            found[os.path.relpath(path, top)] = open(path, "rb").read() if not os.path.islink(path) else b""
    return found


def ledger(path, mode="ro"):
    """Its rows as a sorted list; an exception when it is not whole."""
    db = sqlite3.connect("file:%s?mode=%s" % (path, mode), uri=True)
    try:
        if db.execute("PRAGMA integrity_check").fetchone()[0] != "ok":
            raise sqlite3.DatabaseError("integrity_check")
        rows = []
        for sql in ("SELECT store, folder, key, offset, class, outcome, reason, file, uid, hex(sha256), count, owner FROM item",
                    "SELECT what, name, n FROM tally", "SELECT * FROM person", "SELECT * FROM person_key", "SELECT * FROM file",
                    "SELECT store, owner, name, dn, sid, public FROM mailbox",
                    "SELECT closed, seen, written, filtered, lost FROM run"):
            rows += sorted(repr(row) for row in db.execute(sql))
        for seen, parts, closed in db.execute("SELECT seen, written + filtered + lost, closed FROM run"):
            rows_seen = db.execute("SELECT coalesce(sum(count), 0) FROM item").fetchone()[0]
            if closed and (seen != parts or seen != rows_seen):
                raise sqlite3.DatabaseError("the books do not balance: %d, %d, rows %d" % (seen, parts, rows_seen))
        return rows
    finally:
        db.close()


def ledger_copied(run):
    """The same of a copy, which may be put in order with its journal."""
    copy = os.path.join(run.folder, "copy.db")
    for end in ("", "-journal"):
        if os.path.exists(copy + end):
            os.remove(copy + end)
        if os.path.exists(os.path.join(run.output, "ledger.db" + end)):
            shutil.copyfile(os.path.join(run.output, "ledger.db" + end), copy + end)
    return ledger(copy, "rw")


def whole(name, data):
    """Is a file of the output whole, by what ends it?"""
    end = {".ics": b"END:VCALENDAR\r\n", ".ifb": b"END:VCALENDAR\r\n", ".vcf": b"END:VCARD\r\n", ".html": b"</html>\n"}
    ext = os.path.splitext(name)[1]
    if ext in (".pst", ".edb", ".stm"): # a copy is the one that the store gives, or none
        return False
    if ext in (".jsonl",):
        return all(json.loads(line) is not None for line in data.splitlines()) and (not data or data.endswith(b"\n"))
    if ext == ".json":
        return json.loads(data) is not None
    return data.endswith(end[ext]) if ext in end else True


# --- scenarios ------------------------------------------------------------------------------

class Scenario:
    def __init__(self, name, words, given=(), rerun=None, processes=(0,), every=True):
        """given: folders of the prepared ones that the run finds, as (from, to); rerun: how a converting run is gone on with."""
        self.name, self.words, self.given, self.processes = name, words.split(), given, processes
        self.converts = rerun == "resume"

    def prepare(self, folder):
        os.symlink(os.path.join(TOP, "stores"), os.path.join(folder, "stores"))
        for source, target in self.given:
            shutil.copytree(os.path.join(TOP, source), os.path.join(folder, target), symlinks=True)


ALL = "--to=ics,vcf,shares,freebusy,csv -o out"
STORES = {"pst": "stores/small.pst", "2003": "stores/small.edb", "2013": "stores/new.edb"}


def scenarios():
    for kind, store in STORES.items():
        yield Scenario("convert-" + kind, "convert %s %s" % (store, ALL), rerun="resume")
    yield Scenario("convert-item", "convert stores/small.pst -o out --layout=item --attachments=files --learn --hash --recover",
                   rerun="resume")
    yield Scenario("convert-both", "convert stores/small.pst stores/new.edb -o out --identity-map stores/map.csv", rerun="resume")
    yield Scenario("convert-resume", "convert stores/small.pst stores/small.edb -o out --resume", given=[("stopped", "out")],
                   rerun="resume")
    yield Scenario("convert-force", "convert stores/small.pst -o out --force", given=[("small", "out")], rerun="resume")
    for kind, store in STORES.items():
        yield Scenario("jobs-" + kind, "convert %s %s --jobs=2" % (store, ALL), rerun="resume", processes=(0, 1, 2))
    yield Scenario("convert-pff", "convert stores/small.pst -o out --reader=pff", rerun="resume", processes=(0, 1))
    yield Scenario("dry-run", "convert stores/small.pst -n")
    for verb in ("info --json", "list", "check", "dump", "shares"):
        for kind, store in STORES.items():
            yield Scenario("%s-%s" % (verb.split()[0], kind), "%s %s" % (verb, store))
    yield Scenario("info-dirty", "info --json stores/dirty.edb")
    yield Scenario("shares-folder", "shares in --json", given=[("small", "in")])
    yield Scenario("shares-target", "shares in --target=graph", given=[("small", "in")])
    yield Scenario("shares-tree", "shares in --target=radicale -o out", given=[("items", "in")])
    yield Scenario("merge", "merge one two -o out", given=[("small", "one"), ("second", "two")])
    yield Scenario("report", "report out", given=[("small", "out")])
    yield Scenario("verify", "verify in", given=[("small", "in")])
    yield Scenario("why", "why in %s" % UID, given=[("small", "in")])
    for kind, store in STORES.items():
        yield Scenario("sanitize-" + kind, "sanitize %s -o out/copy%s" % (store, store[-4:]), given=[("empty", "out")])
    yield Scenario("lint", "lint in/small/calendars/Calendar.ics in/small/contacts/Contacts.vcf", given=[("small", "in")])


def stores_make(mkstore):
    stores = os.path.join(TOP, "stores")
    os.mkdir(stores)
    os.mkdir(os.path.join(TOP, "empty"))
    here = os.path.dirname(os.path.abspath(__file__))
    recipe = os.path.join(here, "small.recipe")
    for words in (["small.pst"], ["small.edb", "--format", "exchange2003"], ["new.edb", "--format", "exchange2013"],
                  ["dirty.edb", "--format", "exchange2003", "--with", "logs"]):
        subprocess.run([mkstore, recipe, "-o", os.path.join(stores, words[0])] + words[1:], check=True, stdout=subprocess.DEVNULL)
    with open(os.path.join(stores, "map.csv"), "w", encoding="utf-8") as f:
        f.write("dn,smtp,name\n/o=Example/ou=Berlin/cn=Recipients/cn=jose,jose.garcia@example.org,José García\n")
    quiet = {"cwd": TOP, "check": True, "stderr": subprocess.DEVNULL}
    subprocess.run([PROGRAM, "convert", "stores/small.pst", "-o", "small"], **quiet)
    subprocess.run([PROGRAM, "convert", "stores/small.edb", "-o", "second"], **quiet)
    subprocess.run([PROGRAM, "convert", "stores/small.pst", "-o", "items", "--layout=item"], **quiet)


def stopped_make():
    """An output that a full disk ended half-way."""
    words = "convert stores/small.pst stores/small.edb -o out"
    scenario = Scenario("stopped", words, rerun="resume")
    counts = Run(scenario, os.path.join(TOP, "tried")).told.main.counts
    n = counts["disk"] * 2 // 3
    run = Run(scenario, os.path.join(TOP, "tried"), Fault("disk", n, "ENOSPC", ever=True))
    assert run.status == 2, (run.status, run.stderr)
    shutil.copytree(run.output, os.path.join(TOP, "stopped"))


def stores_state():
    state = []
    for name in sorted(os.listdir(os.path.join(TOP, "stores"))):
        st = os.stat(os.path.join(TOP, "stores", name))
        state.append((name, st.st_ino, st.st_size, st.st_mtime_ns, st.st_ctime_ns))
    return state


# --- what is asked of a run ------------------------------------------------------------------

class Judge:
    def __init__(self, scenario, base):
        self.scenario, self.base = scenario, base
        self.tree = base.tree()
        self.rows = ledger(os.path.join(base.output, "ledger.db")) if scenario.converts else None
        self.state = stores_state()
        self.foreign = base.told.main.foreign
        if len(scenario.processes) > 1: # what workers did not do, the main process does
            alone = Scenario(scenario.name, " ".join(w for w in scenario.words if not w.startswith("--jobs")))
            self.foreign = max(self.foreign, Run(alone, base.folder + "-alone").told.main.foreign)

    def same(self, run):
        """What differs from the undisturbed run; empty: nothing."""
        tree, wrong = run.tree(), []
        for name in sorted(set(tree) | set(self.tree)):
            if os.path.basename(name) in VARIES and name in tree and name in self.tree:
                continue
            if tree.get(name) != self.tree.get(name):
                wrong.append("%s %s" % (name, "is missing" if name not in tree else "is too much" if name not in self.tree else "differs"))
        if self.rows is not None and not wrong:
            try:
                rows = ledger(os.path.join(run.output, "ledger.db"))
                if rows != self.rows:
                    diff = [row for row in rows if row not in self.rows] + ["-" + row for row in self.rows if row not in rows]
                    wrong.append("the rows of the ledger differ: %s" % diff[:2])
            except sqlite3.Error as e:
                wrong.append("ledger.db: %s" % e)
        return wrong

    def orderly(self, run):
        main = run.told.main
        if run.status == "hang":
            yield "it hangs"
        elif run.status < 0:
            yield "signal %d" % -run.status
        elif run.status > 3:
            yield "exit status %d" % run.status
        elif not main.ended:
            yield "no orderly end"
        else:
            if main.own:
                yield "%d own allocations live at the end: %s" % (main.own, " ".join("%#x" % s for s in main.sites))
            if main.descriptors > self.base.told.main.descriptors:
                yield "%d descriptors left open" % (main.descriptors - self.base.told.main.descriptors)
            # what libraries keep to themselves differs by some; a statement, a database or a parser would be more;
            # and without its cache, iconv keeps the whole list of its modules
            if main.foreign > self.foreign + 8 and "/gconv/" not in main.where and \
                    not main.first.startswith(UNCHECKED):
                yield "%d allocations of libraries live at the end (%d without a fault)" % (
                    main.foreign, self.foreign)
        if stores_state() != self.state:
            yield "a store was touched"
        left = os.listdir(os.path.join(run.folder, "tmp"))
        if [name for name in left if name not in run.stderr]:
            yield "temporary files are left, and nothing says so: %s" % left

    def files(self, fault, run):
        """Files under their final names are whole; a ledger is whole or is told of."""
        tree = run.tree()
        sums = {}
        for line in tree.get("SHA256SUMS", b"").decode().splitlines():
            sums[line[66:]] = line[:64]
        for name, data in tree.items():
            base = os.path.basename(name)
            if base == ".pimlift-files" and run.status in (2, 3 if "--resume" in self.scenario.words else 2):
                continue # files that the ledger may not know of yet, for --resume
            if name.startswith(".pimlift-work/") and run.status == 2 and fault.ever:
                continue # a later run takes it away
            if base == "ledger.db-journal" and run.status == 2 and fault.ever:
                continue # SQLite could not take back what it had begun; who opens the ledger next does
            if base.startswith(".pimlift") or base.endswith("-journal"):
                yield "%s is left" % name
                continue
            if name == "ledger.db" and "not finished; remove it" in run.stderr:
                continue # merge can do it all again from what it read
            if name == "ledger.db":
                try:
                    ledger_copied(run)
                except sqlite3.Error as e:
                    if self.scenario.converts or "integrity" in str(e) or "malformed" in str(e):
                        yield "ledger.db: %s" % e
                continue
            if fault.kind in ("read", "pread64", "readv", "io") and run.status == 1 and "not understood" in run.stderr and \
                    self.scenario.words[0] == "sanitize" and len(data) == len(self.tree.get(name, b"")):
                continue # a copy of a store that can't be read everywhere
            try:
                if data != self.tree.get(name) and not whole(name, data):
                    yield "%s is not whole" % name
            except ValueError:
                yield "%s is not whole" % name
            if name in sums and name != "SHA256SUMS" and hashlib.sha256(data).hexdigest() != sums[name]:
                yield "%s is not what SHA256SUMS says" % name
        for name in sums:
            if name not in tree:
                yield "%s is in SHA256SUMS only" % name
        if self.scenario.converts and run.status != 3 and "ledger.db" not in tree and "ledger" not in run.stderr:
            yield "no ledger, and nothing says so"

    def again(self, run):
        """Going on, or doing it again, gives what the undisturbed run gave."""
        if not self.scenario.converts:
            return
        asked = "--resume" in self.scenario.words or "--force" in self.scenario.words
        way = [] if asked else ["--resume"]
        if run.status == 3 and ("--resume" in self.scenario.words or not os.path.isdir(run.output)):
            way = []
        elif run.status in (1, 3): # it came to its end; going on would do nothing
            way = ["--force"]
        second = Run(self.scenario, run.folder, rerun=way)
        if second.status == 3 and run.status == 2: # what was reached is all there was
            if not second.stderr:
                yield "again (%s): status 3 without a word" % " ".join(way)
            way = ["--force"]
            second = Run(self.scenario, run.folder, rerun=way)
        wrong = self.same(second)
        if second.status != self.base.status or wrong:
            yield "again (%s): status %s, %s | %s" % (" ".join(way), second.status, wrong[:3], second.stderr.strip()[-200:])

    def judge(self, fault, run):
        yield from self.orderly(run)
        if run.status == "hang" or run.status < 0:
            return
        told = [line for line in run.stderr.splitlines() if line.startswith("pimlift: ")]
        same = run.stdout == self.base.stdout and not self.same(run)
        if fault.unseen and (run.status != self.base.status or not same):
            yield "it must not be seen: status %s, %s" % (run.status, self.same(run)[:2] or "other words")
        elif run.status == self.base.status and not same:
            yield "status %s, but %s" % (run.status, self.same(run)[:2] or "the data on stdout differs")
        elif run.status != self.base.status and not told and run.stdout == self.base.stdout: # info and check tell of faults on stdout
            yield "status %s without a word" % run.status
        if any("\0" in line for line in told):
            yield "a NUL on stderr"
        yield from self.files(fault, run)
        if run.status != self.base.status or not same:
            yield from self.again(run)


def place(run, fault):
    """Where in the program or on the disk it was."""
    told = run.told.of[fault.process]
    if not told.at:
        return told.where
    if not told.asker.startswith(os.path.basename(PROGRAM)):
        return told.asker
    return subprocess.run(["addr2line", "-fse", PROGRAM, "%#x" % (told.at - 1)], capture_output=True, text=True).stdout.replace("\n", " ").strip()


# --- all of it ---------------------------------------------------------------------------------

def stack_firsts(path, total):
    """The ordinals of allocations whose way was not seen before: (own, within its kind, among all)."""
    data = open(path, "rb").read(total * 8)
    seen, own, library, out = set(), 0, 0, []
    for n, (value,) in enumerate(struct.iter_unpack("<Q", data), 1):
        mine = value & 1
        own, library = own + mine, library + (not mine)
        out.append((mine, own if mine else library, n, value not in seen))
        seen.add(value)
    return out


def faults_of(scenario, base, stacks, options):
    main = base.told.main
    ways = stack_firsts(stacks, main.counts["own"] + main.counts["library"])
    for process in scenario.processes:
        counts = base.told.of[process].counts
        for kind, hows in HOWS.items():
            seen, _, unseen = hows.partition("/")
            if kind == "library" and process == 0:
                ns = [w[1] for w in ways if not w[0] and (w[3] or options.all)]
            elif kind == "library":
                ns = range(1, counts[kind] + 1, 1 if options.all else 7)
            else:
                ns = range(1, counts[kind] + 1)
            for how in seen.split() + unseen.split():
                for n in ns:
                    yield Fault(kind, n, how, process, False, how in unseen.split())
    for group, how in LASTING.items():
        if group == "memory":
            ns = [w[2] for w in ways if w[3] or options.all]
        else:
            ns = range(1, main.counts[group] + 1)
        for n in ns:
            yield Fault(group, n, how, 0, True)


class Work:
    def __init__(self, options):
        self.options, self.lock, self.local, self.threads = options, threading.Lock(), threading.local(), 0
        self.counts, self.bad, self.words = collections.Counter(), collections.defaultdict(list), collections.Counter()

    def folder(self):
        if not hasattr(self.local, "folder"):
            with self.lock:
                self.threads += 1
                self.local.folder = os.path.join(TOP, "run%d" % self.threads)
        return self.local.folder

    def one(self, judge, fault):
        run = Run(judge.scenario, self.folder(), fault)
        wrong = []
        if run.told.hits:
            wrong = list(judge.judge(fault, run))
        with self.lock:
            self.counts["tried"] += 1
            self.counts["hit"] += bool(run.told.hits)
            self.counts["kind " + fault.kind] += bool(run.told.hits)
            if not run.told.hits:
                return
            self.counts["status %s" % run.status] += 1
            if run.status != judge.base.status:
                self.words[(fault.kind, fault.how, run.status, run.stderr.strip().splitlines()[0][:150] if run.stderr.strip() else "")] += 1
            died = run.status == "hang" or run.status < 0 or run.status > 128
            if died and any(p.asker.startswith(UNCHECKED) or p.first.startswith(UNCHECKED) for p in run.told.of):
                self.counts["died in a library that does not check"] += 1
                return
            for what in wrong:
                key = "".join(c for c in what.split("[")[0] if not c.isdigit())[:70]
                self.bad[key].append((judge.scenario.name, fault, what, place(run, fault)))
                if self.options.verbose and len(self.bad[key]) <= self.options.verbose:
                    print("    %s %s: %s\n        %s" % (judge.scenario.name, tuple(fault), what, run.stderr.strip()[-300:]), flush=True)

    def scenario(self, pool, scenario):
        start, before = time.time(), self.counts["hit"]
        stacks = os.path.join(TOP, "stacks")
        if os.path.exists(stacks):
            os.remove(stacks)
        base = Run(scenario, os.path.join(TOP, "base"), stacks=stacks)
        if base.status not in (0, 1) or not base.told.main.ended or base.told.main.own:
            sys.exit("%s: undisturbed: status %s, %d own allocations: %s" % (scenario.name, base.status, base.told.main.own, base.stderr))
        judge = Judge(scenario, base)
        faults = list(faults_of(scenario, base, stacks, self.options))
        if self.options.kind:
            faults = [f for f in faults if f.kind in self.options.kind]
        if self.options.sample:
            faults = faults[self.options.seed % self.options.sample::self.options.sample]
        list(pool.map(lambda fault: self.one(judge, fault), faults))
        bad = sum(len(found) for found in self.bad.values())
        print("  %-16s %6d faults  %6.1f s   wrong so far: %d" % (scenario.name, self.counts["hit"] - before, time.time() - start, bad), flush=True)


def main():
    global PROGRAM, LIBRARY, TOP, UID, SHOW
    p = argparse.ArgumentParser()
    p.add_argument("program")
    p.add_argument("preload")
    p.add_argument("mkstore")
    p.add_argument("--only", action="append", help="scenarios whose names begin so")
    p.add_argument("--kind", action="append", help="only these calls or groups")
    p.add_argument("--sample", type=int, default=0, help="one fault of so many")
    p.add_argument("--seed", type=int, default=0, help="which one of so many")
    p.add_argument("--jobs", type=int, default=os.cpu_count())
    p.add_argument("--verbose", type=int, default=0, help="print so many of each sort at once")
    p.add_argument("--words", action="store_true", help="print what the runs said")
    p.add_argument("--all", action="store_true", help="allocations of libraries too at each of their times")
    p.add_argument("--one", help="KIND:N:HOW[:PROCESS[:ever]] in one scenario, kept in the folder that is printed")
    p.add_argument("--keep", action="store_true", help="with --one: wait")
    options = p.parse_args()
    SHOW = bool(options.one)
    PROGRAM, LIBRARY = os.path.realpath(options.program), os.path.realpath(options.preload)
    TOP = tempfile.mkdtemp(dir="/dev/shm" if os.access("/dev/shm", os.W_OK) else None)
    try:
        stores_make(os.path.realpath(options.mkstore))
        stopped_make()
        db = sqlite3.connect(os.path.join(TOP, "small", "ledger.db"))
        UID = db.execute("SELECT uid FROM item WHERE outcome = 'written' AND file LIKE '%.ics'").fetchone()[0]
        db.close()
        chosen = [s for s in scenarios() if not options.only or any(s.name.startswith(o) for o in options.only)]
        if options.one:
            kind, n, how, *more = options.one.split(":")
            fault = Fault(kind, int(n), how, int(more[0]) if more else 0, len(more) > 1)
            base = Run(chosen[0], os.path.join(TOP, "base"))
            run = Run(chosen[0], os.path.join(TOP, "run"), fault)
            print("status %s, hits %d\n%s" % (run.status, run.told.hits, run.stderr))
            a, b = base.stdout.decode(errors="replace"), run.stdout.decode(errors="replace")
            print("\n".join(line[:2000] for line in difflib.unified_diff(a.splitlines(), b.splitlines(), lineterm="", n=0)))
            print("\n".join(Judge(chosen[0], base).judge(fault, run)))
            if options.keep:
                print(TOP)
                sys.stdin.readline()
            return 0
        work = Work(options)
        with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
            for scenario in chosen:
                work.scenario(pool, scenario)
    finally:
        shutil.rmtree(TOP, ignore_errors=True)
    for key, found in sorted(work.bad.items(), key=lambda item: -len(item[1])):
        print("--- %d times: %s" % (len(found), key))
        for name, fault, what, where in found[:6]:
            print("    %s %s:%d:%s:%d%s %s: %s" % (name, fault.kind, fault.n, fault.how, fault.process, ":ever" if fault.ever else "", where, what))
    if options.words:
        for (kind, how, status, line), n in sorted(work.words.items()):
            print("%6d %-10s %-8s %s %s" % (n, kind, how, status, line))
    print(", ".join("%s %d" % item for item in sorted(work.counts.items())))
    failed = sum(len(found) for found in work.bad.values())
    print("%d passed, %d failed" % (work.counts["hit"] - len({(n, f) for found in work.bad.values() for n, f, _, _ in found}), failed))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
