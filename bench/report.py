#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""report.py OUT: makes table.md and plots of the JSON that the benchmarks wrote into the folder OUT."""
import glob
import json
import os
import statistics
import sys

UNITS = ("bytes", "signatures", "files", "starts")


class Work:
    """Rounds of one work: for each candidate the times (seconds) and the ratios to the peer, which is the one without."""

    def __init__(self, name):
        self.name, self.units, self.unit, self.times, self.ratios = name, 1, "", {}, {}

    def add_round(self, run):
        for key, value in run.items():
            if key in UNITS:
                self.unit, self.units = key, value
            elif key.endswith(" ratio"):
                self.ratios.setdefault(key[: -len(" ratio")], []).append(value)
            elif isinstance(value, float) and key not in ("real_time", "cpu_time"):
                self.times.setdefault(key, []).append(value * 1e-6)

    @property
    def peer(self):
        return next(name for name in self.times if name not in self.ratios)

    def seconds(self, candidate):
        return statistics.median(self.times[candidate])

    def rate(self, candidate):
        """Units a second."""
        return self.units / self.seconds(candidate)

    def ratio(self, candidate):
        return statistics.median(self.ratios[candidate])

    def spread(self, candidate):
        low, _, high = statistics.quantiles(self.ratios[candidate], n=4, method="inclusive")
        return f"{low:.2f} .. {high:.2f}"


def read(folder):
    works, contexts = {}, {}
    for path in sorted(glob.glob(os.path.join(folder, "*.json"))):
        with open(path) as file:
            report = json.load(file)
        contexts[os.path.basename(path)[: -len(".json")]] = report["context"]
        for run in report["benchmarks"]:
            if run["run_type"] == "iteration":
                works.setdefault(run["label"], Work(run["label"])).add_round(run)
    return works, contexts


# What has to be held: text, least ratio, work, candidate, CPU extensions, note.
REQUIRED = [
    ("SHA-256, many messages of 40 KiB", 2.8, "sha256/40KiB/64", "modsig many", "avx512", "reach for 3.2; isa-l_crypto 3.0"),
    ("SHA-512, many messages of 40 KiB", 3.2, "sha512/40KiB/64", "modsig many", "avx512", "reach for 4.2; isa-l_crypto 4.1"),
    ("SHA-1, many messages of 40 KiB", 4.5, "sha1/40KiB/64", "modsig many", "avx512", "reach for 5.6; isa-l_crypto 5.5"),
    ("SHA-256, one message of 40 KiB", 0.99, "sha256/40KiB/1", "modsig one by one", "sha", "reach for 1.0"),
    ("SHA-256, 4 at once without AVX", 1.75, "sha256/40KiB/4", "modsig many, sha-ni", "sha", "reach for 1.8"),
    ("SHA-512, one message of 40 KiB", 0.74, "sha512/40KiB/1", "modsig one by one", "", "reach for 1.0"),
    ("RSA-2048, 8 signatures of one key", 6.8, "rsa-2048/8 of one key", "modsig", "ifma", "reach for 8; crypto_mb 5.0"),
    ("RSA-4096, 8 signatures of one key", 6.8, "rsa-4096/8 of one key", "modsig", "ifma", "reach for 8; crypto_mb 4.4"),
    ("RSA-2048, one signature, IFMA", 3, "rsa-2048/one by one", "modsig", "ifma", "reach for 3.3; AWS-LC 1.1"),
    ("RSA-4096, one signature, IFMA", 4, "rsa-4096/one by one", "modsig", "ifma", "reach for 5.0; AWS-LC 1.1"),
    ("RSA-2048, AVX2, 4 at once", 1.7, "rsa-2048/8 of one key", "modsig, avx2 4 at once", "avx2", "reach for 2"),
    ("RSA-4096, AVX2, 4 at once", 1.6, "rsa-4096/8 of one key", "modsig, avx2 4 at once", "avx2", "reach for 2"),
    ("RSA-2048, one signature, portable", 0.75, "rsa-2048/one by one", "modsig, portable", "", "reach for 1.1; AWS-LC 1.1"),
    ("parsing one CMS signature", 10, "parse/CMS, issuer and serial, 16 of 681 bytes", "modsig", "", "peer: d2i_CMS_ContentInfo and free; reach for 12"),
    ("Debian's tree, one thread", 3.0, "tree/one thread", "modsig batch", "ifma", "peer reads each file into one buffer; reach for 3.3"),
    ("Debian's tree, two threads against one", 1.8, "tree/two threads", "modsig batch, 2 threads", "", "wall time, two cores; reach for 1.95"),
    ("Debian 13's tree (.ko.xz, P-384), one thread", 0.93, "packed tree/one thread, cpu", "modsig", "ifma", "CPU time of processes; peer: xz -dc of the same files; reach for 0.97"),
    ("Debian 13's tree, two threads against one", 1.95, "packed tree/two threads, wall", "modsig, 2 threads", "", "wall time, two cores"),
    ("a cold process verifies one 6 KB module", 6, "cold/small module, cpu", "modsig, native, static", "", "CPU time; reach for 7"),
    ("a cold process verifies one 95 KB module", 3, "cold/large module, cpu", "modsig, native, static", "", "CPU time; reach for 7"),
]
NOISE = 0.05  # of the required ratio


def required_row(works, features, row):
    text, must, name, candidate, extension, note = row
    work = works.get(name)
    if work is None:
        return [text, must, "-", "-", "-", "not run: " + name]
    if extension and extension not in features:
        note = f"**this CPU has no {extension}**, so other code ran; " + note
    if candidate not in work.ratios:
        missing = f"the CPU has no {extension}" if extension and extension not in features else "not in this build"
        return [text, must, "-", "-", work.peer, f"`{candidate}`: {missing}"]
    ratio = work.ratio(candidate)
    if ratio < must * (1 - NOISE) and not (extension and extension not in features):
        note = "**below**; " + note
    return [text, must, f"**{ratio:.2f}**", work.spread(candidate), work.peer, note]


def table(head, rows):
    lines = [head, ["---"] * len(head)] + rows
    return "\n".join("| " + " | ".join(str(cell) for cell in line) + " |" for line in lines) + "\n"


def human_rate(work, candidate):
    if work.unit == "bytes":
        return f"{work.rate(candidate) / 1e9:.3f} GB/s"
    return f"{work.rate(candidate):,.0f} {work.unit}/s"


def complete_rows(works):
    rows = []
    for work in works:
        for candidate in work.times:
            is_peer = candidate == work.peer
            rows.append([work.name, candidate, f"{work.seconds(candidate) * 1e6:,.3f}", human_rate(work, candidate),
                         "peer" if is_peer else f"{work.ratio(candidate):.2f}", "" if is_peer else work.spread(candidate)])
    return rows


def main(folder):
    import plots  # alone it needs matplotlib

    works, contexts = read(folder)
    if not works:
        sys.exit("no JSON of benchmarks in " + folder)
    context = next(iter(contexts.values()))
    features = context["features"].split(",")
    rows = [required_row(works, features, row) for row in REQUIRED]
    parts = ["# modsig beside its peers\n",
             "Ratios are speeds relative to the peer in the same process, the candidates in turn within each round; the median of "
             "the rounds, and between which quartiles they lie. Above 1 is faster than the peer.\n",
             table(["", ""], [[what, context[what]] for what in ("cpu", "features", "compiler", "openssl", "botan", "date")]
                   + [[f"{what} ({name})", more[what]] for name, more in contexts.items() for what in ("tree", "packed tree", "small module", "large module") if what in more]),
             "## Kernels\n",
             "Lanes, instructions, cost of a block (or a signature) by the table and as measured here; the fastest kernel of one is 1.\n",
             table(["table", "lanes, instructions, predicted, measured"],
                   [[what, text] for more in contexts.values() for what, text in more.items() if what.startswith("kernels of")]),
             "## Must hold\n",
             table(["work", "must", "measured", "spread", "peer", "note"], rows)]
    for title, prefixes in (("Digests", ("sha",)), ("Signatures", ("rsa", "ecdsa", "ed25519", "ml-dsa")), ("Parsing", ("parse",)),
                            ("The tree", ("tree", "packed tree")), ("Cold starts", ("cold",))):
        chosen = [work for name, work in works.items() if name.startswith(prefixes)]
        if chosen:
            parts += [f"## {title}\n", table(["work", "candidate", "median us", "rate", "ratio", "spread"], complete_rows(chosen))]
    text = "\n".join(parts)
    with open(os.path.join(folder, "table.md"), "w") as file:
        file.write(text)
    print("\n" + text[text.index("## Must hold") : text.index("## ", text.index("## Must hold") + 3)])
    drawn = plots.draw(works, folder)
    print(f"{len(works)} works, {sum(len(work.times) for work in works.values())} candidates; {folder}/table.md and {len(drawn)} plots: {', '.join(drawn)}")


if __name__ == "__main__":
    main(sys.argv[1])
