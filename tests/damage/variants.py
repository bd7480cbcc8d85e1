#!/usr/bin/python3
"""Damaged variants of stores of every kind: each command ends, in time and memory, and its books balance.

usage: variants.py [--count N] [--seed TEXT] [--only N] [--keep DIR] [--figures]

Variant N of a seed is always the same: a fixture, and what was done to it (mutate.py), or a lie of mkstore. On each
`info`, `list` and `convert` are run as processes of their own, and in turn one of `convert --recover`, `--jobs 2`, `check`, `dump` and
`verify`. What must hold stands in judge.py. --only runs one variant and says more, --keep leaves what failed.
Prints a line for each that failed, and `N passed, N failed`; Ctrl-C ends it early. Env: BUILD.
"""
import argparse
import collections
import multiprocessing
import os
import shutil
import signal
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
import judge  # noqa: E402
import mutate  # noqa: E402

BUILD = os.path.realpath(os.environ.get("BUILD", "build/release"))
MEMORY = 2 << 20
SECONDS = 10
# In sanitizer builds memory is not what it is for.
PLAIN = not any(word in BUILD for word in ("asan", "ubsan", "tsan", "cover"))

STORES = {  # name: (recipe, options of mkstore)
    "unicode": ("office", ""),
    "unicode-permute": ("appointments", "--crypt permute"),
    "unicode-contacts": ("contacts", ""),
    "unicode-series": ("series", ""),
    "unicode-sharing": ("sharing", "--crypt cyclic"),
    "ansi": ("office", "--layout ansi"),
    "ansi-permute": ("appointments", "--layout ansi --crypt permute"),
    "ansi-932": ("ansi-932", "--layout ansi"),
    "4k": ("office", "--layout 4k"),
    "4k-permute": ("appointments", "--layout 4k --crypt permute"),
    "exchange2000": ("office", "--format exchange2000"),
    "exchange2000-flat": ("tasks", "--format exchange2000 --with flat"),
    "exchange2000-public": ("office", "--format exchange2000 --public"),
    "exchange2003": ("office", "--format exchange2003"),
    "exchange2003-mailed": ("mailed", "--format exchange2003"),
    "exchange2003-many": ("appointments", "--format exchange2003 --with deleted-rows --with old-pages"),
    "exchange2007": ("office", "--format exchange2007"),
    "exchange2007-contacts": ("contacts", "--format exchange2007"),
    "exchange2010": ("office", "--format exchange2010"),
    "exchange2013": ("office", "--format exchange2013"),
    "exchange2013-sharing": ("sharing", "--format exchange2013"),
    "exchange2016": ("contacts", "--format exchange2016"),
    "exchange2019": ("appointments", "--format exchange2019"),
}
# Lies: NID and BLOCK, PAGE, OFFSET, HEX and N are chosen.
PST_LIES = ("crc block data:NID", "missing node NID", "missing block data:NID", "missing block subs:NID", "dangle NID",
            "dangle NID subnodes", "length block data:NID N", "cycle parent NID NID", "cycle rows FOLDER FOLDER",
            "duplicate node NID NID", "duplicate block data:NID data:NID", "stale nbt NID FOLDER", "twice row FOLDER",
            "poke NID 0 OFFSET HEX", "loop nbt", "loop bbt", "count nbt BYTE", "count bbt BYTE", "type nbt BYTE", "size header N",
            "cut N%")
EDB_LIES = ("flip PAGE BYTE", "sum PAGE", "owner PAGE SMALL", "next PAGE SMALL", "child PAGE SMALL SMALL", "count PAGE SMALL",
            "tag PAGE SMALL N OFFSET", "key PAGE SMALL N", "value PAGE SMALL OFFSET HEX", "drop PAGE SMALL", "twin PAGE",
            "zero PAGE", "poke PAGE OFFSET HEX", "catalogue", "header", "cut N%", "flip-all BYTE")
FOLDERS = (0x122, 0x8022, 0x8042, 0x8062, 0x80A2, 0x80C2, 0x80E2, 0x8102)


def lie(rng, pst):
    """A line of --damage."""
    word = rng.choice(PST_LIES if pst else EDB_LIES)
    nodes = FOLDERS + (0x21, 0x61, 0x60D, 0x60E, 0x60F) + tuple(0x200004 + 32 * i for i in range(12))
    for name, value in (
            ("NID", lambda: hex(rng.choice(nodes))), ("FOLDER", lambda: hex(rng.choice(FOLDERS))), ("N%", lambda: f"{rng.randrange(100)}%"),
            ("PAGE", lambda: str(rng.randrange(1, 80))), ("BYTE", lambda: str(rng.randrange(1, 255))),
            ("SMALL", lambda: str(rng.choice((0, 1, 2, 3, 4, 5, 8, 20, 60)))), ("OFFSET", lambda: str(rng.randrange(120))),
            ("HEX", lambda: rng.choice(("00", "ff", "ffff", "ffffffff", "00000080", "ffffff7f", "01000000"))),
            ("N", lambda: str(rng.choice((0, 1, 2, 8, 100, 1000, 4096, 8176, 65530))))):
        while True:
            words = word.split(" ")
            spots = [i for i, w in enumerate(words) if w == name or w == "data:" + name or w == "subs:" + name]
            if not spots:
                break
            words[spots[0]] = words[spots[0]].replace(name, value(), 1)
            word = " ".join(words)
    return word


def build(name, path, damage=()):
    """A fixture, or with lies: the path of the store, None when mkstore has no place for the lie."""
    recipe, options = STORES[name]
    lines = [word for line in damage for word in ("--damage", line)]
    args = [f"{BUILD}/mkstore", f"testdata/recipes/{recipe}.recipe", "-o", path, *options.split(), *lines]
    made = subprocess.run(args, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, check=False)
    if made.returncode < 0:
        raise SystemExit(f"mkstore died: {' '.join(args)}")
    return path if made.returncode == 0 else None


class Family:
    """A fixture, its map, and what lies beside it."""

    def __init__(self, work, name):
        self.name = name
        edb = "exchange" in name
        self.file = "priv1.edb" if edb else "mail.pst"
        folder = os.path.join(work, name)
        os.mkdir(folder)
        self.path = build(name, os.path.join(folder, self.file))
        self.map = mutate.read(self.path)
        stm = os.path.join(folder, "priv1.stm")
        self.stm = open(stm, "rb").read() if os.path.exists(stm) else None


def spread(stm, rng):
    """Sometimes it is the streaming file that is damaged."""
    data = bytearray(stm)
    at = rng.randrange(len(data))
    size = rng.choice((1, 64, 4096))
    if rng.random() < 0.5:
        del data[at:]
    else:
        data[at:at + size] = rng.randbytes(len(data[at:at + size]))
    return data


def make(family, seed, i, folder):
    """Variant i: its path and what was done."""
    rng = mutate.number(seed, i)
    path = os.path.join(folder, family.file)
    if rng.random() < 0.2:
        line = lie(rng, family.file == "mail.pst")
        if build(family.name, path, [line]):
            return path, "lie: " + line
    if family.stm is not None:
        stm = spread(family.stm, rng) if rng.random() < 0.2 else family.stm
        with open(os.path.join(folder, "priv1.stm"), "wb") as f:
            f.write(stm)
    data, way = mutate.mutate(rng, family.map)
    with open(path, "wb") as f:
        f.write(data)
    return path, way


class Launcher:
    """The process that starts all others."""

    def __init__(self):
        script = os.path.join(os.path.dirname(os.path.abspath(__file__)), "launch.py")
        self.process = subprocess.Popen([sys.executable, "-S", "-E", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def run(self, args, said):
        """One program: (exit status, negative for a signal; seconds of processor time; peak KiB)."""
        self.process.stdin.write("\0".join([str(SECONDS if PLAIN else 60), said, *args]) + "\n")
        self.process.stdin.flush()
        status, took, peak = self.process.stdout.readline().split()
        return int(status), float(took), int(peak)

    def close(self):
        """It ends with its input."""
        self.process.stdin.close()
        self.process.wait()


def commands(store, out, i):
    """What is run on a variant: name, arguments, and the output that it writes."""
    pimlift = f"{BUILD}/pimlift"
    common = ["--memory", "2M", "--progress", "never"]
    yield "info", [pimlift, "info", store], None
    yield "list", [pimlift, "list", store], None
    yield "convert", [pimlift, "convert", store, "-o", out, *common], out
    more = i % 5
    if more == 0:
        yield "recover", [pimlift, "convert", store, "-o", out + ".more", "--recover", *common], out + ".more"
    elif more == 1:
        yield "jobs", [pimlift, "convert", store, "-o", out + ".more", "--jobs", "2", *common], out + ".more"
    elif more == 2:
        yield "check", [pimlift, "check", store], None
    elif more == 3:
        yield "dump", [pimlift, "dump", store], None
    elif os.path.exists(out + "/run.json"):
        yield "verify", [pimlift, "verify", out, *common], None


def trial(launcher, family, seed, i, keep=None, loud=False):
    """One variant: (way, faults, figures)."""
    folder = tempfile.mkdtemp(prefix=f"{family.name}.{i}.")
    faults, figures = [], {}
    try:
        store, way = make(family, seed, i, folder)
        before = open(store, "rb").read()
        for name, args, out in commands(store, os.path.join(folder, "out"), i):
            said = os.path.join(folder, name + ".said")
            status, took, peak = launcher.run(args, said)
            figures[name] = (status, took, peak)
            if loud:
                print(name, "exit", status, f"{took:.3f} s of processor time, {peak} KiB")
                print(open(said, encoding="utf-8", errors="replace").read()[:4000])
            if status < 0 or status > 3:
                faults.append(f"{name}: exit status {status}")
            elif took > SECONDS and PLAIN:
                faults.append(f"{name}: {took:.1f} s")
            elif peak * 1024 > MEMORY + (40 << 20) and PLAIN:
                faults.append(f"{name}: {peak} KiB")
            elif name == "verify" and status:
                faults.append("verify: " + open(said, encoding="utf-8", errors="replace").readline().strip())
            if out and 0 <= status <= 3:
                faults += [f"{name}: {text}" for text in judge.output(out, status)]
                linted = launcher.run([f"{BUILD}/pimlift", "lint", out], said + ".lint") if os.path.exists(out) else (0,)
                if linted[0] not in (0, 3):
                    faults.append(f"{name}: lint: " + open(said + ".lint", encoding="utf-8", errors="replace").readline().strip())
            if name == "jobs":
                faults += judge.same(os.path.join(folder, "out"), out)
        if open(store, "rb").read() != before:
            faults.append("the store was changed")
    finally:
        if faults and keep:
            shutil.copytree(folder, os.path.join(keep, os.path.basename(folder)), dirs_exist_ok=True)
        shutil.rmtree(folder, ignore_errors=True)
    return way, faults, figures


def worker(families, seed, numbers, keep, queue, stop):
    """Every variant that is its own."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    launcher = Launcher()
    for i in numbers:
        if stop.is_set():
            break
        queue.put((i, *trial(launcher, families[i % len(families)], seed, i, keep)))
    launcher.close()
    queue.put(None)


def figures_print(ways, seen):
    """What was done, and what it came to."""
    print("done to the store: " + ", ".join(f"{way} {n:,}" for way, n in sorted(ways.items())))
    for name, rows in sorted(seen.items()):
        exits = collections.Counter(status for status, _, _ in rows)
        print(f"{name}: {len(rows):,} runs, exit " + ", ".join(f"{k}: {n:,}" for k, n in sorted(exits.items())) +
              f"; slowest {max(r[1] for r in rows):.2f} s, largest {max(r[2] for r in rows) / 1024:.1f} MiB")


def main():
    """All variants, by two processes."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--count", type=int, default=10000)
    parser.add_argument("--seed", default="1")
    parser.add_argument("--only", type=int)
    parser.add_argument("--keep")
    parser.add_argument("--figures", action="store_true")
    options = parser.parse_args()
    os.chdir(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))
    with tempfile.TemporaryDirectory() as work:
        tempfile.tempdir = work
        names = list(STORES) if options.only is None else [list(STORES)[options.only % len(STORES)]]
        families = [Family(work, name) for name in names]
        if options.only is not None:
            launcher = Launcher()
            way, faults, _ = trial(launcher, families[0], options.seed, options.only, options.keep, True)
            launcher.close()
            print(way, *faults, sep="\n")
            return bool(faults)
        queue, stop = multiprocessing.Queue(), multiprocessing.Event()
        signal.signal(signal.SIGINT, lambda *_: stop.set())
        share = [range(k, options.count, 2) for k in range(2)]
        workers = [multiprocessing.Process(target=worker, args=(families, options.seed, numbers, options.keep, queue, stop))
                   for numbers in share]
        for one in workers:
            one.start()
        failed, ended, ways, seen = 0, 0, collections.Counter(), collections.defaultdict(list)
        while ended < len(workers):
            got = queue.get()
            if got is None:
                ended += 1
                continue
            i, way, faults, figures = got
            ways[way.split(":")[0]] += 1
            for name, row in figures.items():
                seen[name].append(row)
            failed += bool(faults)
            if faults:
                print(f"{families[i % len(families)].name}, --seed {options.seed} --only {i}, {way}: " + "; ".join(faults[:4]), flush=True)
    if options.figures:
        figures_print(ways, seen)
    print(f"{sum(ways.values()) - failed} passed, {failed} failed")
    return bool(failed)


if __name__ == "__main__":
    sys.exit(main())
