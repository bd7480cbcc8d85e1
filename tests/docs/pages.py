"""Pages of the documentation: their blocks, and what their commands print.

A block between fences says by its first word what it is:

    console            lines that begin with "$ " are commands, the others are what they print. A line "..." stands
                       for any number of lines
    sh                 commands alone
    sql on: DATABASE   statements for sqlite3, which have to be good ones
    other              no commands: text, powershell, ini ...

The rest of the line, which no browser shows, may say more:

    elsewhere: WHY   commands that can't run here. They are listed and counted
    file: NAME       what stands in the block is the file NAME, for the commands below

The commands of a page run one after the other in one shell. Each has to end with status 0, unless the next
one is `echo $?`.
"""
import re
import subprocess

# What differs from one machine or version to the next, on the page and in what was printed alike.
NORMAL = (
    (re.compile(r"\bpimlift (v?\d+\.\d+\S*|[0-9a-f]{7,}(-dirty)?)(?=$|\s)"), "pimlift VERSION"),
    (re.compile(r"[0-9.]+ ([KMGT]iB|bytes) are free"), "SIZE are free"),
)
FENCE = re.compile(r"^( *)```(\S*) *(.*)$")
BARE = re.compile(r"^ {4,}(\$ |(build/)?(pimlift|mkstore)[ -]|(sqlite3|jq|curl|find|grep|sed|awk|sudo|apt-get|git|tests/\S+) |make [a-z])")


class Block:
    """A block: its kind, what its first line says besides, its lines, and where these begin (from 0)."""

    def __init__(self, indent, kind, more, start):
        self.indent, self.kind, self.start, self.lines = indent, kind, start, []
        self.elsewhere = more[len("elsewhere:"):].strip() if more.startswith("elsewhere:") else None
        self.file = more[len("file:"):].strip() if more.startswith("file:") else None
        self.database = more[len("on:"):].strip() if kind == "sql" and more.startswith("on:") else None

    def commands(self):
        """[command, lines that it prints, or None where they are not shown]; then lines before any command."""
        if self.database is not None:
            return [["sqlite3 '%s' <<'END'\n%s\nEND" % (self.database, "\n".join(self.lines)), None]], []
        if self.kind == "sh" or self.elsewhere is not None:
            return [[text, None] for text in whole_commands(self.lines)], []
        found, stray, i = [], [], 0
        while i < len(self.lines):
            line = self.lines[i]
            if line.startswith("$ "):
                text = line[2:]
                while goes_on(text) and i + 1 < len(self.lines):
                    i += 1
                    text += "\n" + self.lines[i]
                found.append([text, []])
            elif found:
                found[-1][1].append(line)
            else:
                stray.append(line)
            i += 1
        return found, stray


def goes_on(text):
    """Whether a command has another line: the shell waits for one, or its text (<<) has not ended."""
    here = re.search(r"<<'?(\w+)'?", text)
    if here:
        return text.rsplit("\n", 1)[-1].strip() != here.group(1)
    if text.endswith("\\"):
        return True
    said = subprocess.run(["bash", "-n", "-c", text], stderr=subprocess.PIPE, check=False).stderr
    return b"unexpected end of file" in said or b"unexpected EOF" in said


def whole_commands(lines):
    """The commands of a block of commands."""
    found = []
    for line in lines:
        if found and goes_on(found[-1]):
            found[-1] += "\n" + line
        elif line.strip() and not line.startswith("#"):
            found.append(line)
    return found


def blocks_of(text):
    """The blocks of a page, and faults: fences that do not end, commands outside of fences."""
    found, faults, block = [], [], None
    for number, line in enumerate(text.split("\n")):
        fence = FENCE.match(line)
        if block is None and fence:
            block = Block(len(fence.group(1)), fence.group(2), fence.group(3).strip(), number + 1)
        elif block is not None and fence and not fence.group(2):
            found.append(block)
            block = None
        elif block is not None:
            block.lines.append(line[block.indent:])
        elif BARE.match(line):
            faults.append("line %d: commands stand between fences, so that they are run: %s" % (number + 1, line.strip()))
    if block is not None:
        faults.append("line %d: a block that does not end" % block.start)
    return found, faults


def script_of(blocks):
    """One shell script of all commands that can run, and the list of (block, index, command, lines)."""
    script, steps = ["s=0"], []
    for block in blocks:
        if block.elsewhere is not None:
            continue
        if block.file is not None:
            script.append("cat >'%s' <<'END OF FILE'\n%s\nEND OF FILE" % (block.file, "\n".join(block.lines)))
        elif block.kind in ("console", "sh") or block.database is not None:
            for index, (command, shown) in enumerate(block.commands()[0]):
                number = len(steps)
                script.append("printf '\\001begin %d\\n'; (exit $s)\n%s\ns=$?; printf '\\001end %d %%d\\n' $s" % (number, command, number))
                steps.append((block, index, command, shown))
    return "\n".join(script) + "\n", steps


def run(program, folder, env):
    """Runs a script, given as the words of a command; what its commands gave, as results() has it."""
    return results(subprocess.run(program, cwd=folder, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                  stderr=subprocess.STDOUT, check=False).stdout)


def results(output):
    """{number of a command: (status, lines)}, out of what a script printed."""
    found = {}
    for part in re.finditer(r"\001begin (\d+)\n(.*?)\001end \1 (\d+)\n", output.decode("utf-8", "replace"), re.S):
        lines = part.group(2).split("\n")
        found[int(part.group(1))] = (int(part.group(3)), lines[:-1] if lines[-1] == "" else lines)
    return found


def faults_of(steps, found):
    """What of a page did not end as it has to; {index of a step: lines} of what printed other lines than shown."""
    faults, other = [], {}
    for number, (block, _, command, shown) in enumerate(steps):
        about = "line %d: %s" % (block.start + 1, command.split("\n")[0])
        if number not in found:
            faults.append(about + ": was not run to its end")
            continue
        status, lines = found[number]
        asked = number + 1 < len(steps) and steps[number + 1][2] == "echo $?"
        if status and not asked:
            faults.append("%s: status %d\n%s" % (about, status, "\n".join(lines[-10:])))
        if shown is not None and not agree(shown, lines):
            other[number] = lines
    return faults, other


def normal(line):
    """A line without what differs from machine to machine, and without blanks at its end."""
    for pattern, word in NORMAL:
        line = pattern.sub(word, line)
    return line.rstrip()


def agree(shown, real):
    """Whether the lines are those; "..." stands for any."""
    pattern = "".join("(?:.*\n)*?" if line.strip() == "..." else re.escape(normal(line)) + "\n" for line in trimmed(shown))
    return re.fullmatch(pattern, "".join(normal(line) + "\n" for line in trimmed(real))) is not None


def trimmed(lines):
    """Without empty lines at the end: a block may have one before the next command."""
    lines = list(lines)
    while lines and not lines[-1].strip():
        lines.pop()
    return lines
