# SPDX-License-Identifier: BSL-1.0
"""Plots of works as report.py has read them: SVG files."""
import os

import matplotlib

matplotlib.use("svg")
matplotlib.rcParams["svg.hashsalt"] = "modsig"  # the same data, the same file
import matplotlib.pyplot as plt  # noqa: E402

SIZES, DIGESTS = (1, 16, 40, 1024), ("sha256", "sha512", "sha1")
COLOURS = {"openssl": "#444444", "botan": "#2a9d4a", "modsig": "#1f5fbf", "modsig one by one": "#6fa8ff", "modsig many": "#1f5fbf"}


def save(figure, folder, name):
    figure.tight_layout()
    figure.savefig(os.path.join(folder, name), metadata={"Date": None})
    plt.close(figure)
    return name


def digests(works, folder):
    counts = (1, 4, 16, 32, 64)
    figure, grid = plt.subplots(len(DIGESTS), len(counts), figsize=(15, 8), sharex=True, sharey="row", squeeze=False)
    for line, digest in zip(grid, DIGESTS):
        for axes, count in zip(line, counts):
            for candidate in ("openssl", "botan", "modsig one by one", "modsig many"):
                points = [(size, works[f"{digest}/{size}KiB/{count}"]) for size in SIZES if f"{digest}/{size}KiB/{count}" in works]
                points = [(size, work.rate(candidate) / 1e9) for size, work in points if candidate in work.times]
                if points:
                    axes.plot(*zip(*points), marker="o", label=candidate, color=COLOURS[candidate])
            axes.set_xscale("log", base=2)
            axes.set_xticks(SIZES, [f"{size}K" for size in SIZES])
            axes.set_ylim(bottom=0)
            axes.grid(alpha=0.3)
            axes.set_title(f"{digest}, {'one message' if count == 1 else f'{count} messages'}", fontsize=9)
        line[0].set_ylabel("GB/s")
    grid[0][-1].legend(fontsize=8)
    return save(figure, folder, "digests.svg")


def signatures(works, folder):
    chosen = [work for work in works.values() if work.unit == "signatures" and "DER" not in work.name]
    candidates = list(dict.fromkeys(candidate for work in chosen for candidate in work.times))
    figure, axes = plt.subplots(figsize=(12, 6))
    width = 0.8 / len(candidates)
    for i, candidate in enumerate(candidates):
        at = [j + (i - len(candidates) / 2) * width for j, work in enumerate(chosen) if candidate in work.times]
        axes.bar(at, [work.rate(candidate) for work in chosen if candidate in work.times], width, label=candidate, color=COLOURS.get(candidate))
    axes.set_xticks(range(len(chosen)), [work.name.replace("/", "\n") for work in chosen], fontsize=8)
    axes.set_yscale("log")
    axes.set_ylabel("signatures a second")
    axes.grid(axis="y", alpha=0.3)
    axes.legend(fontsize=8)
    return save(figure, folder, "signatures.svg")


def ratios(works, folder, prefix, name):
    chosen = [work for work in works.values() if work.name.startswith(prefix)]
    figure, grid = plt.subplots(len(chosen), 1, figsize=(9, 0.8 + sum(0.6 + 0.35 * len(work.times) for work in chosen)), sharex=True, squeeze=False,
                                height_ratios=[len(work.times) for work in chosen])
    for (axes,), work in zip(grid, chosen):
        candidates = [work.peer] + sorted(work.ratios, key=work.ratio)
        values = [1 if candidate == work.peer else work.ratio(candidate) for candidate in candidates]
        colours = ["#1f5fbf" if candidate.startswith("modsig") else "#888888" for candidate in candidates]
        axes.bar_label(axes.barh(candidates, values, color=colours), fmt="%.2f", padding=3, fontsize=8)
        axes.axvline(1, color="black", linewidth=0.8)
        axes.margins(x=0.1)
        axes.set_title(work.name, fontsize=9)
    grid[-1][0].set_xlabel("speed relative to the peer")
    return save(figure, folder, name)


def draw(works, folder):
    """Names of the files written."""
    drawn = []
    if any(work.unit == "bytes" and work.name.startswith(DIGESTS) for work in works.values()):
        drawn.append(digests(works, folder))
    if any(work.unit == "signatures" for work in works.values()):
        drawn.append(signatures(works, folder))
    for prefix in ("parse", "tree", "cold"):
        if any(name.startswith(prefix) for name in works):
            drawn.append(ratios(works, folder, prefix, prefix + ".svg"))
    return drawn
