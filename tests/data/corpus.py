#!/usr/bin/env python3
"""The corpus as text, so that what was done to a file can be read: pieces copied from a payload (payloads.py) or given in
hexadecimal. A line `= NAME` begins a file, `copy PAYLOAD OFFSET SIZE` and `hex BYTES` are its pieces.

  corpus.py pack CORPUS OUT         writes each folder of a whole corpus as such a text
  corpus.py unpack IN OUT           makes the whole corpus again
"""
import os
import shutil
import sys

from payloads import all_payloads


def read(path):
    with open(path, "rb") as f:
        return f.read()


def write(path, data):
    os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
    with open(path, "wb") as f:
        f.write(data)


WINDOW = 32


def index_of(payloads):
    """Where windows of payloads are."""
    index = {}
    for name, payload in payloads.items():
        for i in range(0, len(payload) - WINDOW, 16):
            index.setdefault(payload[i:i + WINDOW], (name, i))
    return index


def pieces(data, payloads, index):
    """Greedy: the longest run of a payload that begins here, where one of a window does."""
    at, literal = 0, b""
    while at < len(data):
        hit = index.get(data[at:at + WINDOW])
        if hit is None:
            literal += data[at:at + 1]
            at += 1
            continue
        name, i = hit
        payload, n = payloads[name], WINDOW
        while literal and i and payload[i - 1] == literal[-1]:
            literal, i, at, n = literal[:-1], i - 1, at - 1, n + 1
        while at + n < len(data) and i + n < len(payload) and payload[i + n] == data[at + n]:
            n += 1
        if literal:
            yield "hex " + literal.hex()
        literal = b""
        yield "copy %s %d %d" % (name, i, n)
        at += n
    if literal:
        yield "hex " + literal.hex()


def is_copied(path):
    """Keys and tables stand as they are."""
    return path.startswith("keys/") or path.endswith(".tsv")


def pack(corpus, out):
    payloads, texts = all_payloads(), {}
    index = index_of(payloads)
    for folder, _, names in sorted(os.walk(corpus)):
        for name in sorted(names):
            path = os.path.relpath(os.path.join(folder, name), corpus)
            data = read(os.path.join(corpus, path))
            if is_copied(path):
                write(os.path.join(out, path), data)
            elif not path.startswith("modules/"):
                lines = pieces(data, payloads, index)
                texts.setdefault(os.path.dirname(path).replace("/", "-"), []).append("\n".join(["= " + path, *lines]))
    for name, files in texts.items():
        write(os.path.join(out, name + ".txt"), ("\n".join(files) + "\n").encode())


def unpack(packed, out):
    if os.path.exists(os.path.join(out, "manifest.tsv")):
        shutil.rmtree(out)  # an older corpus, with files that this one may not have
    payloads = all_payloads()
    for name, payload in payloads.items():
        write(os.path.join(out, "modules", name), payload)
    for folder, _, names in sorted(os.walk(packed)):
        for name in sorted(names):
            source = os.path.join(folder, name)
            path = os.path.relpath(source, packed)
            if is_copied(path):
                write(os.path.join(out, path), read(source))
                continue
            for file in read(source).decode().removeprefix("= ").split("\n= "):
                path, *lines = file.splitlines()
                write(os.path.join(out, path), b"".join(piece(payloads, *line.split()) for line in lines))


def piece(payloads, kind, what, offset=0, size=0):
    return bytes.fromhex(what) if kind == "hex" else payloads[what][int(offset):int(offset) + int(size)]


if __name__ == "__main__":
    words = sys.argv[1:]
    stamp = words.pop() if "--stamp" in words else None
    {"pack": pack, "unpack": unpack}[words[0]](*[word for word in words[1:] if word != "--stamp"])
    if stamp:
        write(stamp, b"")
