#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""publish.py OUT ROOT: puts what bench/run.sh measured into the READMEs, between the lines that begin and end a table.
README.md gets a few rows, bench/README.md all that report.py requires, each with CPU and date."""
import os
import re
import sys

from report import REQUIRED, human_rate, read, required_row, table

# text, work, candidate
SPEEDS = [
    ("SHA-256, 64 messages of 40 KiB", "sha256/40KiB/64", "modsig many"),
    ("RSA-4096, one signature after the other", "rsa-4096/one by one", "modsig"),
    ("RSA-4096, eight signatures of one key", "rsa-4096/8 of one key", "modsig"),
    ("processes that verify a module of 6 KB and end", "cold/small module, cpu", "modsig, native, static"),
    ("Debian's modules, one thread", "tree/one thread", "modsig batch"),
]
# text, program of tests/firmware, compiler
SIZES = [
    ("2012 layout, RSA-2048 and its key", "small_verifier", "M3 g++ -Os"),
    ("ML-DSA-44 and its key", "ml_dsa", "M3 g++ -Os"),
]
BEGIN, END = "<!-- bench/publish.py writes this table -->\n", "<!-- end of the table -->"


def speed_rows(works):
    for text, name, candidate in SPEEDS:
        work = works.get(name)
        if work and candidate in work.ratios:
            yield [text, human_rate(work, candidate), human_rate(work, work.peer), f"{work.ratio(candidate):.1f}"]


def size_rows(path):
    """Of the table that tests/firmware/run.py prints: code and constants together, and the deepest stack."""
    if not os.path.exists(path):
        return
    with open(path, encoding="utf-8") as file:
        lines = file.read().splitlines()
    for text, program, compiler in SIZES:
        for line in lines:
            row = re.match(rf"{program} +{re.escape(compiler)} +(\d+) +(\d+) +(\d+) +(\d+) +[\d-]+ +(\d+)", line)
            if row:
                yield f"{text}: {int(row[4]):,} bytes, stack {int(row[5]):,}"


def put(path, text):
    with open(path, encoding="utf-8") as file:
        before, rest = file.read().split(BEGIN, 1)
    after = rest.split(END, 1)[1]
    with open(path, "w", encoding="utf-8") as file:
        file.write(before + BEGIN + text + END + after)


def main(out, root):
    works, contexts = read(out)
    context = next(iter(contexts.values()))
    loads = [more["load_avg"][0] for more in contexts.values() if more.get("load_avg")]
    disturbed = max(loads, default=0) > context["num_cpus"]
    cpu = re.sub(r"[(](R|TM)[)]", "", context["cpu"])
    on = f"One core of {cpu}, {context['compiler']}, {' '.join(context['openssl'].split()[:2])}, {context['date'][:10]}"
    on += f";\nnot alone: load average up to {max(loads):.0f}.\n\n" if disturbed else ".\n\n"
    short = on + table(["work", "modsig", "OpenSSL", "ratio"], list(speed_rows(works)))
    sizes = list(size_rows(os.path.join(out, "firmware.txt")))
    if sizes:
        short += "\nCode and constants on a Cortex-M3:\n" + ";\n".join(sizes) + ".\n"
    put(os.path.join(root, "README.md"), short)
    features = context["features"].split(",")
    rows = [required_row(works, features, row) for row in REQUIRED]
    put(os.path.join(root, "bench/README.md"), on + f"CPU extensions: {context['features']}\n\n" + table(["work", "must", "measured", "spread", "peer", "note"], rows))


if __name__ == "__main__":
    main(*sys.argv[1:])
