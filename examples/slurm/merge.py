#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""Puts the parts of a run together: what `modsig verify --json --shard I/N` printed, for each I from 1 to N. Prints the lines of all files,
then one summary, as one run without --shard does; the exit status is the one that such a run has. Where a part is missing, cut off, there
twice or of another N, or a file is in two parts, nothing is printed and the exit status is 7.

    merge.py PART.json... >whole.json
"""
import collections
import json
import sys

SUMS = "files", "verified", "tolerated", "rejected", "folder_links"


class Broken(Exception):
    pass


def read_part(name):
    """The lines of the files, and the summary behind them."""
    with open(name, "rb") as file:
        lines = file.read().splitlines(keepends=True)
    try:
        summary = json.loads(lines[-1]) if lines and lines[-1].endswith(b"\n") else {}
    except ValueError:
        summary = {}
    if not isinstance(summary, dict) or not summary.get("summary"):
        raise Broken(f"{name}: cut off: it does not end with a summary")
    if "shard" not in summary or summary["files"] != len(lines) - 1:
        raise Broken(f"{name}: it is no part of a run, or not all of one")
    return lines[:-1], summary


def merge(names):
    parts, place_of = {}, {}
    for name in names:
        lines, summary = read_part(name)
        index, count = map(int, summary["shard"].split("/"))
        if index in parts:
            raise Broken(f"{name}: the share {summary['shard']} is there twice")
        parts[index] = lines, summary, count
        for line in lines:
            file = json.loads(line)
            path = file.get("path_bytes", file["path"])
            if place_of.setdefault(path, index) != index:
                raise Broken(f"{name}: {path} is in two parts")
    counts = {count for _, _, count in parts.values()}
    if len(counts) > 1:
        raise Broken(f"parts of several runs: of {' and of '.join(map(str, sorted(counts)))} shares")
    missing = sorted(set(range(1, max(counts, default=1) + 1)) - set(parts))
    if missing:
        raise Broken(f"shares are missing: {', '.join(map(str, missing))}")
    return [parts[index][:2] for index in sorted(parts)]


def exit_status(summaries):
    """That of the refusals when they are all of one kind; where there is no file at all, that of a command line that names none."""
    refusals = {summary["exit_status"] for summary in summaries} - {0}
    if not refusals and sum(summary["files"] for summary in summaries) == 0:
        return 2
    return refusals.pop() if len(refusals) == 1 else 1 if refusals else 0


def main():
    try:
        parts = merge(sys.argv[1:])
    except (OSError, Broken) as fault:
        print(f"merge.py: {fault}", file=sys.stderr)
        return 7
    summaries = [summary for _, summary in parts]
    causes = collections.Counter()
    for summary in summaries:
        causes.update(summary["causes"])
    status = exit_status(summaries)
    for lines, _ in parts:
        sys.stdout.buffer.write(b"".join(lines))
    whole = {"summary": True} | {name: sum(summary[name] for summary in summaries) for name in SUMS} | {"causes": dict(causes), "exit_status": status}
    sys.stdout.buffer.write(json.dumps(whole, separators=(",", ":")).encode() + b"\n")
    return status


if __name__ == "__main__":
    sys.exit(main())
