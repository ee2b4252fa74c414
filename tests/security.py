#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""Whether each promise of .github/SECURITY.md has its tests: the files are there, and have the cases that are named.
usage: security.py SOURCE

A row of a table ends with its tests: `tests/FILE`, or `tests/FOLDER/` with names of files in it after a colon; after a file, "part of
a case's name" or `test_method`."""
import pathlib
import re
import sys


def faults_of(cell, source):
    """What is wrong with one cell of tests."""
    faults = []
    base = file = None
    named = 0
    for path, case in re.findall(r'`([^`]+)`|"([^"]+)"', cell):
        if case or path.startswith('test_'):
            wanted = rf'def {path}\(' if path else rf'TEST_CASE\("[^"]*{re.escape(case)}'
            if file is None or not re.search(wanted, file.read_text(encoding='utf-8')):
                faults.append(f'{file.relative_to(source) if file else "no file"} has no {path or case}')
            continue
        if path.startswith('--'):
            continue  # an option of the command before it
        if '/' in path:
            path, *option = path.split(' ')
            base = source / path
            found = [base] if base.exists() else []
            base = base if base.is_dir() else base.parent
        else:
            found = sorted(base.glob(path)) if base else []
        named += 1
        if not found:
            faults.append(f'there is no {path}')
        file = found[0] if len(found) == 1 and found[0].is_file() else None
    return faults + ([] if named else ['no test is named'])


def rows(text):
    """Promise and tests."""
    for line in text.splitlines():
        cells = [cell.strip() for cell in line.strip('|').split(' | ')]
        if line.startswith('| ') and len(cells) == 2 and cells != ['promise', 'tests']:
            yield cells


def main(source):
    text = (source / '.github/SECURITY.md').read_text(encoding='utf-8')
    promises = list(rows(text))
    failed = 0
    for promise, tests in promises:
        faults = faults_of(tests, source)
        failed += bool(faults)
        for fault in faults:
            print(f'{promise[:60]}: {fault}')
    # Elsewhere in the text, too.
    for path in re.findall(r'`(tests/[^` ]+)`', text):
        if not (source / path).exists():
            print(f'there is no {path}')
            failed += 1
    # This very check can fail.
    for wrong in ('`tests/none.cpp`', 'somewhere', '`tests/verifier.cpp`: "no such case"', '`tests/load/`: `none.cpp`'):
        if not faults_of(wrong, source):
            print(f'nothing is found wrong with {wrong}')
            failed += 1
    print(f'{len(promises) - failed} passed, {failed} failed')
    return failed == 0 and len(promises) > 20


if __name__ == '__main__':
    sys.exit(0 if main(pathlib.Path(sys.argv[1])) else 1)
