#!/usr/bin/env python3
"""What was skipped, by name and with the reason; then the closing line: test cases of doctest programs, `N passed, N failed` of
others, else one a program. BUILD..."""
import json
import re
import sys

passed = failed = 0
skipped = []
for build in sys.argv[1:]:
    try:
        with open(build + "/meson-logs/testlog.json", encoding="utf-8") as log:
            tests = [json.loads(line) for line in log]
    except OSError:
        tests = []
        failed += 1
    for test in tests:
        name = test["name"].rpartition(" / ")[2]
        out = re.sub(r"\x1b\[[0-9;]*m", "", test.get("stdout") or "")
        counts = re.findall(r"^\[doctest\] test cases:\s*\d+ \|\s*(\d+) passed \|\s*(\d+) failed", out, re.M)
        counts = counts or re.findall(r"^(\d+) passed, (\d+) failed(?:, \d+ skipped)?(?:;.*)?$", out, re.M)[-1:]
        skipped += [f"{name}: {line}" for line in re.findall(r"^skip  (.*)$", out, re.M)]
        if counts:
            p, f = (sum(int(row[i]) for row in counts) for i in range(2))
            passed, failed = passed + p, failed + f
            if test["result"] != "OK" and not f:
                failed += 1  # it died after its counts
        elif test["result"] in ("OK", "EXPECTEDFAIL"):
            passed += 1
        elif test["result"] == "SKIP":
            skipped.append(": ".join([name, *out.splitlines()[-1:]]))
        else:
            failed += 1
for line in skipped:
    print("skipped:", line)
if skipped:
    print(f"{len(skipped)} skipped: what they need is not here")
print(f"{passed} passed, {failed} failed")
sys.exit(1 if failed or not passed else 0)
