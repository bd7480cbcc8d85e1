"""How every command behaves when it is used well, and when it is not. See run."""

import contextlib
import json
import os
import pathlib
import pty
import re
import shutil
import sqlite3
import subprocess
import sys

# What tells people what to do: an imperative, or where to look.
ADVICE = re.compile(r"\b(check|name|give|copy|run|see|create|use|did you mean|needs|is not one of|convert writes)\b")
NOBODY = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]


class Score:
    """Counts, and says what is wrong."""

    def __init__(self):
        self.passed = self.failed = 0

    def good(self, what, right, *seen):
        """One test."""
        if right:
            self.passed += 1
        else:
            self.failed += 1
            print(f"{what}: {seen}")


class Program:
    """The program, and what it says of itself."""

    def __init__(self, path, folder):
        self.path = str(pathlib.Path(path).resolve())
        self.folder = pathlib.Path(folder)
        self.writes = {}  # verbs that have to be told where to
        self.uid = ""
        self.seen = set()  # flags whose slips were made
        self.nobody = []
        self.script = self.run("completion", "bash").stdout
        self.scripts = {shell: self.run("completion", shell).stdout for shell in ("zsh", "fish")}
        self.verbs = re.search(r"compgen -W '(.*?) --help --version'", self.script).group(1).split()
        self.flags = {v: words.split() for v, words in re.findall(r"^    (\w+)\) flags='(.*?)'.* ;;$", self.script, re.M)}
        self.names = {v: words.split() for v, words in re.findall(r"^    (\w+)\) .* operands='(.*)' ;;$", self.script, re.M)}
        self.values = {(v, f): words.split()
                       for v, f, words in re.findall(r"^    (\w+):--([\w-]+)\) values='(.*)'(?: list=yes)? ;;$", self.script, re.M)}
        self.lists = set(re.findall(r"^    (\w+):--([\w-]+)\) values='.*' list=yes ;;$", self.script, re.M))
        self.help = {v: self.run(v, "--help").stdout for v in self.verbs}
        self.operands = {v: re.search(r"\[flags\] ?(.*)", self.help[v]).group(1) for v in self.verbs}
        self.arguments = {v: dict(re.findall(r"^  .*--([\w-]+)=(\S+)$", self.help[v], re.M)) for v in self.verbs}

    def run(self, *words, before=(), **more):
        """Runs it in the folder."""
        return subprocess.run([*before, self.path, *map(str, words)], capture_output=True, encoding="utf-8", check=False,
                              cwd=self.folder, stdin=subprocess.DEVNULL, **more)

    def usual(self, verb):
        """Operands and flags with which the verb does its work."""
        kinds = self.operands[verb].split()
        words = [] if not kinds else ["mail.pst"] if "STORE" in kinds[0] else ["done"] if "DIR" in kinds[0] else \
            ["good.ics"] if "FILE" in kinds[0] else [self.names[verb][0]]
        words += [self.uid] if len(kinds) > 1 else []
        if verb not in self.writes:
            self.writes[verb] = "needs -o" in self.run(verb, *words).stderr
        if self.writes[verb]:
            shutil.rmtree(self.folder / "new", ignore_errors=True)
            (self.folder / "new").unlink(missing_ok=True)
            words += ["-o", "new"]
        return words


def slip(word):
    """Two letters in the wrong order: the first two that differ."""
    for i in range(len(word) - 1):
        if word[i] != word[i + 1]:
            return word[:i] + word[i + 1] + word[i] + word[i + 2:]
    return word + "x"


def refused(score, program, what, words, said=None, before=()):
    """Exit status 3, nothing on stdout, one line that says what to do."""
    done = program.run(*words, before=before)
    lines = done.stderr.splitlines()
    right = done.returncode == 3 and done.stdout == "" and len(lines) == 1 and ADVICE.search(lines[0])
    right = right and (said is None or said in lines[0])
    score.good(f"{what}: {' '.join(map(str, words))}", right, done.returncode, done.stdout[:200], done.stderr)


def descriptions(score, program, verb):
    """Help, page and completion know the verb and all its flags."""
    text = program.help[verb]
    score.good(f"{verb}: examples", "\nExamples:\n" in text and f"pimlift {verb}" in text.split("Examples:")[1])
    score.good(f"{verb}: status", text.count("The exit status is 0") == 1)
    page = program.run("manual", verb).stdout
    for flag in program.flags[verb]:
        name = flag.strip("=")
        score.good(f"{verb}: {flag} in the help", re.search(rf"^  .*{re.escape(name)}\b", text, re.M))
        spelled = name.replace("-", "", 1).replace("-", "\\-", 1) if name.startswith("--") else name[1:]
        score.good(f"{verb}: {flag} on its page", f"Fl {spelled}" in page, spelled)
    for shell, script in program.scripts.items():
        missing = [f for f in program.flags[verb] if f.strip("-=") not in script]
        score.good(f"{verb}: {shell}", not missing, missing)
    if shutil.which("mandoc"):
        lint = subprocess.run(["mandoc", "-T", "lint"], input=page, capture_output=True,
                              encoding="utf-8", check=False)
        score.good(f"{verb}: page", lint.returncode == 0 and not lint.stdout, lint.stdout)


def completion(score, program):
    """bash completes every flag and every value from all but the last letter, in lists with commas too."""
    asks, want = [], []
    for verb in program.verbs:
        asks.append(["pimlift", verb[:-1]])
        want.append(verb)
        for flag in program.flags[verb]:
            asks.append(["pimlift", verb, flag.strip("=")[:-1] or "-"])
            want.append(flag)
        for word in program.names.get(verb, []):
            asks.append(["pimlift", verb, word[:-1]])
            want.append(word)
        for (owner, flag), words in program.values.items():
            for word in words if owner == verb else []:
                asks.append(["pimlift", verb, f"--{flag}", "=", word[:-1]])
                want.append(word)
                if (verb, flag) in program.lists:
                    first = next(w for w in words if w != word)
                    asks.append(["pimlift", verb, f"--{flag}", f"{first},{word[:-1]}"])
                    want.append(f"{first},{word}")
    script = "compopt() { :; }\n" + program.script + \
        'ask() { COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _pimlift; echo "${COMPREPLY[*]}"; }\n' + \
        "".join("ask " + " ".join(f"'{w}'" for w in a) + "\n" for a in asks)
    answers = subprocess.run(["bash", "--norc"], input=script, capture_output=True, encoding="utf-8", check=False)
    got = answers.stdout.splitlines()
    score.good("bash: answers", len(got) == len(asks) and not answers.stderr, len(got), len(asks), answers.stderr)
    for ask, answer, word in zip(asks, got, want):
        score.good(f"bash: {' '.join(ask)}", word in answer.split(), answer)
        score.good(f"bash: {' '.join(ask)}: nothing twice", not re.search(r"(?:^|[ ,])(\w+),\1(?: |$)", answer), answer)


def words(score, program, verb):
    """Slips in words: the verb, flags, values, numbers."""
    refused(score, program, "verb", [slip(verb)], f"did you mean {verb}?")
    usual = program.usual(verb)
    for flag in program.flags[verb]:
        if not flag.startswith("--") or flag in program.seen:
            continue  # a flag that several verbs have is one record in one table
        program.seen.add(flag)
        name = flag.strip("-=")
        if f"--{slip(name)}" not in {f.strip("=") for f in program.flags[verb]}:
            refused(score, program, "flag", [verb, *usual, f"--{slip(name)}"], f"did you mean --{name}?")
        if flag.endswith("="):
            refused(score, program, "no value", [verb, *usual, f"--{name}"], f"--{name} needs a value")
        elif name != "help":
            refused(score, program, "a value", [verb, *usual, f"--{name}=x"], f"--{name} takes no value")
    for (owner, flag), values in program.values.items():
        if owner != verb or flag in program.seen:
            continue
        program.seen.add(flag)
        refused(score, program, "other value", [verb, *usual, f"--{flag}=zzzzzzzz"], "is not one of")
        for value in values:
            if slip(value) not in values and len(value) > 3:
                refused(score, program, "value", [verb, *usual, f"--{flag}={slip(value)}"], f"did you mean {value}?")
    for flag, argument in program.arguments[verb].items():
        if argument in ("N", "SIZE", "DATE", "CP", "BYTES") and (flag, argument) not in program.seen:
            program.seen.add((flag, argument))
            refused(score, program, "number", [verb, *usual, f"--{flag}=x"], f"--{flag}: 'x' is not")
    refused(score, program, "letter", [verb, "-Z"], "there is no flag -Z")
    for name in program.names.get(verb, []):
        if slip(name) not in program.names[verb]:
            refused(score, program, "word", [verb, slip(name)], "did you mean")
    if not program.operands[verb]:
        refused(score, program, "operand", [verb, "more"])
    elif program.operands[verb].startswith("["):
        refused(score, program, "operand", [verb, *usual, "more"], "is one word too many")
    else:
        refused(score, program, "nothing given", [verb], "needs")


def paths(score, program, verb):
    """Slips in paths: of operands, of files that flags name, of the output."""
    usual = program.usual(verb)
    kinds = program.operands[verb].split()
    for flag, argument in program.arguments[verb].items():
        if argument == "FILE":
            for path in ("missing", "empty-folder", *(["locked"] if program.nobody else [])):
                refused(score, program, "file of a flag", [verb, *usual, f"--{flag}={path}"], path, program.nobody)
    if "--output=" in program.flags[verb]:
        refused(score, program, "output", [verb, usual[0], "-o", "mail.pst"], "mail.pst")
    if not kinds or verb in program.names:
        return
    wrong = ["missing", "missing/below", "locked"] + (["mail.pst"] if kinds[0].startswith("DIR") else ["empty"])
    wrong += ["empty-folder"] if kinds[0] != "FILE..." else ["empty-folder"]
    for path in wrong:
        if path == "empty" and kinds[0] == "FILE...":
            continue  # a file without a line is a finding of lint, told on stdout
        if path == "locked" and not program.nobody:
            continue
        refused(score, program, "operand", [verb, path, *usual[1:]], path, program.nobody)


def voice(score, program, verb):
    """Quiet, verbose, JSON, and no colours but on a terminal."""
    usual = program.usual(verb)
    plain = program.run(verb, *usual)
    score.good(f"{verb}: works", plain.returncode in (0, 1), plain.returncode, plain.stderr)
    score.good(f"{verb}: no colours", "\033" not in plain.stdout + plain.stderr)
    if "--quiet" in program.flags[verb]:
        quiet = program.run(verb, "-q", *program.usual(verb))
        score.good(f"{verb}: quiet", quiet.returncode == plain.returncode and quiet.stderr == "", quiet)
        loud = program.run(verb, "-v", *program.usual(verb))
        same = [re.sub(r"[\d.]+ .iB are free", "", x.stdout) for x in (loud, plain)]
        score.good(f"{verb}: verbose", loud.returncode == plain.returncode and same[0] == same[1], loud)
        score.good(f"{verb}: verbose says no less", len(loud.stderr) >= len(plain.stderr), loud.stderr, plain.stderr)
    else:
        score.good(f"{verb}: has nothing to say", plain.stderr == "", plain.stderr)
    if "--json" in program.flags[verb]:
        lines = program.run(verb, "--json", *program.usual(verb)).stdout.splitlines()
        score.good(f"{verb}: JSON", all(isinstance(json.loads(line), dict) for line in lines), lines)
    plain_terminals = [({"NO_COLOR": "1", "TERM": "xterm"}, False), ({"TERM": "dumb"}, False)] if verb == "check" else []
    for env, coloured in [*plain_terminals, ({"TERM": "xterm"}, verb == "check")]:
        text = on_terminal(program, [verb, *program.usual(verb)], env)
        score.good(f"{verb}: colours with {env}", bool(re.search(r"\033\[\d*m", text)) == coloured, text[:300])


def on_terminal(program, words_, env):
    """What it sends to a terminal."""
    main, other = pty.openpty()
    child = subprocess.Popen([program.path, *words_], stdin=other, stdout=other, stderr=other, cwd=program.folder,
                             env={"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", **env})
    os.close(other)
    text = b""
    try:
        while True:
            piece = os.read(main, 65536)
            if not piece:
                break
            text += piece
    except OSError:  # the other end is closed
        pass
    child.wait()
    os.close(main)
    return text.decode("utf-8", "replace")


def progress(score, program):
    """How far it is: items and their rate, bytes, the folder; and events for programs."""
    done = program.run("convert", "mail.pst", "-o", "shown", "--progress=always")
    score.good("progress", re.search(r"^[\d,]+ items, [\d,]+/s, [\d.]+ \w+ read  \S", done.stderr, re.M), done.stderr)
    score.good("progress on a terminal", "items" in on_terminal(program, ["convert", "mail.pst", "-o", "seen"],
                                                                {"TERM": "xterm"}))
    lines = [json.loads(t) for t in program.run("convert", "--json", "-q", "mail.pst", "-o", "told").stdout.splitlines()]
    kinds = [line["event"] for line in lines]
    score.good("events", kinds[0] == "start" and kinds[-2:] == ["store", "end"] and "folder" in kinds, kinds)
    end = lines[-1]
    score.good("events: the balance", end["seen"] == end["written"] + end["filtered"] + end["lost"] == 16, end)
    damaged = pathlib.Path(program.folder, "mail.pst").read_bytes()[:60000]
    pathlib.Path(program.folder, "cut.pst").write_bytes(damaged)
    lines = [json.loads(t) for t in program.run("convert", "--json", "-q", "cut.pst", "-o", "cut").stdout.splitlines()]
    told = [line["code"] for line in lines if line["event"] == "fault"]
    filed = [json.loads(t)["code"] for t in pathlib.Path(program.folder, "cut/report.jsonl").read_text("utf-8").splitlines()]
    score.good("events: the faults of report.jsonl", told and told == filed, told, filed)


def main():
    """All verbs."""
    score = Score()
    program = Program(sys.argv[1], sys.argv[2])
    folder = program.folder
    shutil.copy(sys.argv[3], folder / "mail.pst")
    program.run("convert", "mail.pst", "-o", "done")
    shutil.copy(folder / "done/mail/calendars/Calendar.ics", folder / "good.ics")
    with contextlib.closing(sqlite3.connect(folder / "done/ledger.db")) as ledger:
        program.uid = ledger.execute("SELECT uid FROM item WHERE uid <> '' ORDER BY uid").fetchone()[0]
    for path in [folder / "done", *(folder / "done").rglob("*")]:
        path.chmod(0o755)
    (folder / "empty").write_bytes(b"")
    (folder / "empty-folder").mkdir()
    (folder / "locked").write_bytes(b"x")
    (folder / "locked").chmod(0)
    if os.geteuid() == 0:
        can = shutil.which("setpriv") and program.run("--version", before=NOBODY).returncode == 0
        program.nobody = NOBODY if can else []
    else:
        program.nobody = ["env"]
    score.good("verbs", len(program.verbs) >= 12 and set(program.verbs) == set(program.flags), program.verbs)
    parts = (descriptions, words, paths, voice) if sys.argv[4] == "all" else (paths, voice)
    for verb in program.verbs:
        for part in parts:
            part(score, program, verb)
    if sys.argv[4] == "all":
        completion(score, program)
    progress(score, program)
    print(f"{score.passed} passed, {score.failed} failed")
    return score.failed > 0


sys.exit(main())
