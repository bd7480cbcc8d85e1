"""README.md in a fresh Debian: newcomer.py PAGE WORD=VALUE SCRIPT [LOG]

Without LOG, writes all commands of PAGE into SCRIPT, also those that check.py does not run. With the output of SCRIPT in LOG, compares
it with the page. WORD is what a reader has to put in.
"""
import sys

import pages


def main():
    """0 where the page is right."""
    with open(sys.argv[1], encoding="utf-8") as file:
        blocks, faults = pages.blocks_of(file.read())
    for block in blocks:
        block.elsewhere = None
    script, steps = pages.script_of(blocks)
    word, value = sys.argv[2].split("=")
    if len(sys.argv) == 4:
        with open(sys.argv[3], "w", encoding="utf-8") as file:
            file.write(script.replace(word, value))
        return not steps
    with open(sys.argv[4], "rb") as file:
        more, other = pages.faults_of(steps, pages.results(file.read()))
    faults += more
    for number, lines in other.items():
        faults.append("line %d: %s: prints something else\n%s" % (steps[number][0].start + 1, steps[number][2], "\n".join(lines)))
    for step in steps:
        print("  " + step[2].replace("\n", "\n    "))
    for fault in faults:
        print("--- " + fault)
    print("%d passed, %d failed" % (max(len(steps) - len(faults), 0), len(faults)))
    return bool(faults)


sys.exit(main())
