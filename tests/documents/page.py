# SPDX-License-Identifier: BSL-1.0
"""What a page of Markdown has that tests can hold it to: blocks of code, tables, and shell commands with what they say of themselves:
    command         # prints WORDS
    command         # exit status 3: WORDS"""
import re


def blocks(text, language):
    """Blocks of this language, in order; of shell, those of any of these words: ```sh meson is `sh meson`."""
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.M | re.S)


def without_blocks(text):
    return re.sub(r"^```.*?^```$", "", text, flags=re.M | re.S)


def table_rows(text, heading):
    """The cells of the first table below a heading."""
    section = text.split(f"\n## {heading}\n", 1)[1].split("\n## ")[0]
    rows = [line for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip().replace("\\|", "|") for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in rows[2:]]


def commands(block):
    """Of each: the command, its exit status, and the words that it prints."""
    for line in block.replace("\\\n", " ").splitlines():
        if not line.strip():
            continue
        said = re.search(r"\s# (?:exit status (\d)(?:: (.*))?|prints (.*))$", line)
        status, words = (int(said[1] or 0), said[2] or said[3] or "") if said else (0, "")
        yield line, status, words
