"""Runs the commands of the documentation and compares what they print: check.py [--write] WORK [PAGE...]

Each page has a folder below WORK, which setup/NAME.sh fills before (its name is that of the page, with - for /).
--write puts what was printed into the pages instead. Looks also for links that lead nowhere, and for figures of
README.md that docs/bench.md does not have.
Env: BUILD, where the programs are.
"""
import difflib
import os
import pathlib
import re
import subprocess
import sys

import pages

TOP = pathlib.Path(__file__).resolve().parents[2]
SETUP = TOP / "tests" / "docs" / "setup"
LINK = re.compile(r"\]\(([^)\s]+)\)")


def environment(work):
    """What commands see: the programs, the same words everywhere, lines in the order of a terminal."""
    build = (TOP / os.environ.get("BUILD", "build/release")).resolve()
    (work / "bin").mkdir()
    for name in ("pimlift", "mkstore"):
        (work / "bin" / name).symlink_to(build / name)
    for script in (TOP / "docs" / "cookbook").iterdir():
        if os.access(script, os.X_OK):
            (work / "bin" / script.name).symlink_to(script)
    env = {key: value for key, value in os.environ.items() if key in ("HOME", "TMPDIR", "LANG")}
    env.update(PATH="%s:%s" % (work / "bin", os.environ["PATH"]), LC_ALL="C.UTF-8", TZ="UTC0", TOP=str(TOP), BUILD=str(build))
    return env


def prepare(page, work, env):
    """The folder of a page, and what went wrong in filling it."""
    name = str(page.with_suffix("")).replace("/", "-")
    folder = work / name
    folder.mkdir()
    script = SETUP / (name + ".sh")
    if not script.exists():
        return folder, None
    done = subprocess.run(["sh", "-eu", str(script)], cwd=folder, env=env, stdin=subprocess.DEVNULL, check=False,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    return folder, "%s: %s" % (script.name, done.stdout.decode("utf-8", "replace")) if done.returncode else None


def write(page, steps, other):
    """Puts what was printed into a page, from its end to its start; what can't be written."""
    lines, stuck = (TOP / page).read_text(encoding="utf-8").split("\n"), []
    for number in sorted(other, reverse=True):
        block, index, command, shown = steps[number]
        if any(line.strip() == "..." for line in shown):
            stuck.append("line %d: %s: has a line ..., write it by hand" % (block.start + 1, command))
            continue
        before = block.commands()[0][:index]
        at = block.start + sum(len(text.split("\n")) + len(said) for text, said in before) + len(command.split("\n"))
        tail = shown[len(pages.trimmed(shown)):]
        lines[at:at + len(shown)] = [" " * block.indent + line.rstrip() for line in pages.trimmed(other[number]) + tail]
    (TOP / page).write_text("\n".join(lines), encoding="utf-8")
    return stuck


def links(page, text):
    """Links of a page to files and headings that are not there."""
    bad = []
    for target in LINK.findall(text):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = target.partition("#")
        file = (TOP / page).parent / path if path else TOP / page
        if not file.exists():
            bad.append("a link that leads nowhere: " + target)
        elif anchor and file.suffix == ".md":
            heads = re.findall(r"^#+ +(.*)$", file.read_text(encoding="utf-8"), re.M)
            if anchor not in {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}:
                bad.append("a link to a heading that is not there: " + target)
    return bad


def table(path):
    """The rows of the tables of a page, as lists of cells."""
    lines = (TOP / path).read_text(encoding="utf-8").split("\n")
    return [[cell.strip() for cell in line.strip()[1:-1].split("|")] for line in lines if line.startswith("|")]


def found(column):
    """What three programs found in real stores, from docs/corpus.md: sums, in the order of README.md."""
    cells = [row[column].split("/") for row in table("docs/corpus.md") if len(row) == 8 and "/" in row[column]]
    pimlift, pff, pst = [sum(int(cell[i].strip().replace("-", "0")) for cell in cells) for i in range(3)]
    return [str(pimlift), str(pst), str(pff)]


def figures():
    """Cells of the table of README.md that docs/bench.md and docs/corpus.md do not have."""
    known = {cell for row in table("docs/bench.md") for cell in row}
    bad = ["docs/bench.md does not have this figure: " + cell for row in table("README.md") for cell in row
           if re.search(r"\d (s|MiB)\b", cell) and cell not in known]
    for row in table("README.md"):
        for word, column in (("appointments found", 1), ("contacts found", 2)):
            if row[0].startswith(word) and row[1:] != found(column):
                bad.append("docs/corpus.md says %s, not %s" % (" ".join(found(column)), " ".join(row[1:])))
    return bad


def check(page, work, env, anew):
    """One page: (faults, number of commands, of those that print what is shown, [(page, line, why, number)] elsewhere)."""
    text = (TOP / page).read_text(encoding="utf-8")
    blocks, faults = pages.blocks_of(text)
    faults += links(page, text)
    elsewhere = [(page, b.start + 1, b.elsewhere, len(b.commands()[0])) for b in blocks if b.elsewhere is not None]
    for block in blocks:
        if block.kind == "console" and block.commands()[1]:
            faults.append("line %d: lines before the first command" % (block.start + 1))
    script, steps = pages.script_of(blocks)
    if not steps:
        return faults, 0, 0, elsewhere
    folder, broken = prepare(page, work, env)
    if broken:
        return faults + [broken], len(steps), 0, elsewhere
    (work / "script").write_text(script, encoding="utf-8")
    env = dict(env, PATH="%s:%s" % (folder / "bin", env["PATH"]))
    found = pages.run(["stdbuf", "-oL", "bash", str(work / "script")], folder, env)
    more, other = pages.faults_of(steps, found)
    faults += more
    if anew:
        faults += write(page, steps, other)
    else:
        for number, lines in other.items():
            block, _, command, shown = steps[number]
            faults.append("line %d: %s: prints something else\n%s" % (block.start + 1, command, "\n".join(
                difflib.unified_diff(pages.trimmed(shown), pages.trimmed(lines), "the page", "printed", lineterm="", n=1))))
    return faults, len(steps), sum(1 for step in steps if step[3] is not None), elsewhere


def main():
    """All pages, or those that are named."""
    words = sys.argv[1:]
    anew = "--write" in words
    words = [word for word in words if word != "--write"]
    work = pathlib.Path(words[0]).resolve()
    named = words[1:] or ["README.md"] + sorted(str(p.relative_to(TOP)) for p in (TOP / "docs").rglob("*.md"))
    env = environment(work)
    passed = failed = ran = shown = 0
    elsewhere = []
    for name in named:
        faults, commands, compared, others = check(pathlib.Path(name), work, env, anew)
        passed, failed = passed + commands, failed + len(faults)
        ran, shown, elsewhere = ran + commands, shown + compared, elsewhere + others
        for fault in faults:
            print("--- %s: %s" % (name, fault))
    if not words[1:]:
        for fault in figures():
            failed += 1
            print("--- README.md: %s" % fault)
    for page, line, why, commands in elsewhere:
        print("not run here: %s:%d: %d, %s" % (page, line, commands, why))
    print("%d commands were run, of which %d show what they print; %d can't be run here" % (
        ran, shown, sum(commands for _, _, _, commands in elsewhere)))
    print("%d passed, %d failed" % (max(passed - failed, 0), failed))
    return failed > 0


sys.exit(main())
