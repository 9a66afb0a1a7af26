"""Every line that the README shows of a command is printed by it, in that order: readme_sample.py README < output."""

import sys

readme = open(sys.argv[1]).read()
begin = readme.index("$ cobra check")
shown = readme[begin : readme.index("```", begin)].splitlines()[1:]
printed = iter(sys.stdin.read().splitlines())
for line in shown:
    if line.strip() != "..." and not any(line == other for other in printed):
        sys.exit(f"the README shows a line that is not printed, or not there: {line}")
print(f"{len(shown)} lines hold")
