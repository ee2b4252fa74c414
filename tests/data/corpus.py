#!/usr/bin/env python3
"""The corpus without the modules in it: they are Debian's, GPL-2.0, and are fetched, not shipped.

  corpus.py pack CORPUS OUT         writes each folder of a whole corpus as text: a file is a list of pieces, copied from
                                    a payload or given in hexadecimal, so that what was done to it can be read
  corpus.py unpack IN KERNEL OUT    makes the whole corpus again; KERNEL is the unpacked kernel package named below,
                                    or - to leave out what needs it (their names go to OUT/left-out)

A line `= NAME` begins a file, `copy PAYLOAD OFFSET SIZE` and `hex BYTES` are its pieces.
"""
import hashlib
import os
import sys

PACKAGE, VERSION = "linux-image-6.1.0-56-amd64", "6.1.192-2"
MODULES = {
    "crc7.ko": "lib/crc7.ko",
    "crc16.ko": "lib/crc16.ko",
    "libarc4.ko": "lib/crypto/libarc4.ko",
    "ledtrig-default-on.ko": "drivers/leds/trigger/ledtrig-default-on.ko",
}
GENERATED = {"empty.bin": 0, "one.bin": 1, "b4095.bin": 4095, "b4096.bin": 4096, "b4097.bin": 4097, "rand1m.bin": 1 << 20}
LEFT_OUT = ("debian/", "README.md")  # debian/: modules as shipped; the tests take newer ones from the archive
MARKER = b"~Module signature appended~\n"


def generated(name):
    """SHA-256 in counter mode over the name: the same bytes everywhere."""
    size, seed = GENERATED[name], b"modsig-corpus-" + name.encode()
    blocks = (hashlib.sha256(seed + counter.to_bytes(8, "big")).digest() for counter in range((size + 31) // 32))
    return b"".join(blocks)[:size]


def unsigned(module):
    size = int.from_bytes(module[-len(MARKER) - 4:-len(MARKER)], "big")
    return module[:-len(MARKER) - 12 - size] if module.endswith(MARKER) else module


def read(path):
    with open(path, "rb") as f:
        return f.read()


def write(path, data):
    os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
    with open(path, "wb") as f:
        f.write(data)


def pieces(data, payloads, window=32):
    """Greedy: the longest run of any payload that begins here, where one of `window` bytes does."""
    index = {}
    for name, payload in payloads.items():
        for i in range(0, len(payload) - window, 16):
            index.setdefault(payload[i:i + window], (name, i))
    at, literal = 0, b""
    while at < len(data):
        hit = index.get(data[at:at + window])
        if hit is None:
            literal += data[at:at + 1]
            at += 1
            continue
        name, i = hit
        payload, n = payloads[name], window
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


def pack(corpus, out):
    payloads = {name: read(os.path.join(corpus, "modules", name)) for name in [*MODULES, *GENERATED]}
    texts = {}
    for folder, _, names in sorted(os.walk(corpus)):
        for name in sorted(names):
            path = os.path.relpath(os.path.join(folder, name), corpus)
            if path.startswith(LEFT_OUT) or path.endswith(".py"):
                continue
            data = read(os.path.join(corpus, path))
            if path.startswith("keys/") or path.endswith((".tsv", ".json")):
                write(os.path.join(out, path), data)
                continue
            if path.startswith("modules/"):
                continue
            lines = list(pieces(data, payloads))
            texts.setdefault(os.path.dirname(path).replace("/", "-"), []).append("\n".join(["= " + path, *lines]))
    for name, files in texts.items():
        write(os.path.join(out, name + ".txt"), ("\n".join(files) + "\n").encode())


def unpack(packed, kernel, out):
    payloads = {name: generated(name) for name in GENERATED}
    if kernel != "-":
        tree = os.path.join(kernel, "lib/modules")
        root = os.path.join(tree, os.listdir(tree)[0], "kernel")
        payloads.update((name, unsigned(read(os.path.join(root, path)))) for name, path in MODULES.items())
    for name, payload in payloads.items():
        write(os.path.join(out, "modules", name), payload)
    left_out = [] if kernel != "-" else ["modules/" + name for name in MODULES]

    def finish(path, parts):
        if path is None:
            return
        if None in parts:
            left_out.append(path)
        else:
            write(os.path.join(out, path), b"".join(parts))

    for folder, _, names in sorted(os.walk(packed)):
        for name in sorted(names):
            source = os.path.join(folder, name)
            if not name.endswith(".txt") or folder != packed:
                write(os.path.join(out, os.path.relpath(source, packed)), read(source))
                continue
            path, parts = None, []
            for line in read(source).decode().splitlines():
                kind, _, rest = line.partition(" ")
                if kind == "=":
                    finish(path, parts)
                    path, parts = rest, []
                elif kind == "hex":
                    parts.append(bytes.fromhex(rest))
                elif kind == "copy":
                    payload, offset, size = rest.split()
                    whole = payloads.get(payload)
                    parts.append(whole and whole[int(offset):int(offset) + int(size)])
            finish(path, parts)
    write(os.path.join(out, "left-out"), "".join(name + "\n" for name in left_out).encode())


if __name__ == "__main__":
    words = sys.argv[1:]
    stamp = words.pop() if "--stamp" in words else None
    {"pack": pack, "unpack": unpack}[words[0]](*[word for word in words[1:] if word != "--stamp"])
    if stamp:
        write(stamp, b"")
