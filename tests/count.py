#!/usr/bin/env python3
"""The closing line: test cases of doctest programs, `N passed, N failed` of others, else one a program. BUILD..."""
import json
import re
import sys

passed = failed = skipped = 0
for build in sys.argv[1:]:
    try:
        with open(build + "/meson-logs/testlog.json", encoding="utf-8") as log:
            tests = [json.loads(line) for line in log]
    except OSError:
        tests = []
        failed += 1
    for test in tests:
        out = re.sub(r"\x1b\[[0-9;]*m", "", test.get("stdout") or "")
        # What doctest calls skipped was left out by a filter: the same program runs it without one.
        counts = [(p, f, 0) for p, f in re.findall(r"^\[doctest\] test cases:\s*\d+ \|\s*(\d+) passed \|\s*(\d+) failed", out, re.M)]
        counts = counts or [(p, f, s or 0) for p, f, s in re.findall(r"^(\d+) passed, (\d+) failed(?:, (\d+) skipped)?(?:;.*)?$", out, re.M)[-1:]]
        if counts:
            p, f, s = (sum(int(row[i]) for row in counts) for i in range(3))
            passed, failed, skipped = passed + p, failed + f, skipped + s
            if test["result"] != "OK" and not f:
                failed += 1  # it died after its counts
        elif test["result"] in ("OK", "EXPECTEDFAIL"):
            passed += 1
        elif test["result"] == "SKIP":
            skipped += 1
        else:
            failed += 1
if skipped:
    print(f"{skipped} skipped: what they need is not here (meson-logs/testlog.txt says what)")
print(f"{passed} passed, {failed} failed")
sys.exit(1 if failed or not passed else 0)
