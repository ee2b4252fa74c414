# SPDX-License-Identifier: BSL-1.0
"""Signed BPF programs for guests: loaders of light skeletons (tests/data/bpf), with bpftool's signature and with modsig's, and what a
kernel has to refuse of them."""
import os
import re

from harness import must, read, run, write

ACCEPTED = {"good", "behind", "longest"}  # Linux reads no further than the message
MAX_SIGNATURE = 8192  # KMALLOC_MAX_CACHE_SIZE


def literal(text, name):
    """The bytes of a string literal of a skeleton."""
    body = re.search(rf'{name}\[\][^"]*"(.*?)"', text, re.S).group(1).replace("\\\n", "")
    return bytes(int(each[1:].lstrip("x") or "0", 16) for each in re.findall(r"\\x..|\\0", body))


def flipped(content, at):
    return content[:at] + bytes([content[at] ^ 1]) + content[at + 1:]


def manipulations(instructions, value, signature):
    return {"good": (instructions, value, signature), "instruction": (flipped(instructions, 4), value, signature),
            "map": (instructions, flipped(value, len(value) // 2), signature), "value": (instructions, value, flipped(signature, -1 % len(signature))),
            "identifier": (instructions, value, flipped(signature, 70)),  # within subjectKeyIdentifier
            "cut": (instructions, value, signature[:-1]), "behind": (instructions, value, signature + b"\0"),
            "longest": (instructions, value, signature.ljust(MAX_SIGNATURE, b"\0")), "too long": (instructions, value, signature.ljust(MAX_SIGNATURE + 1, b"\0")),
            "empty": (instructions, value, b"")}


def add(archive, kernel, tool, keys, skeletons, scratch):
    """Puts programs into an initramfs that are signed for this kernel. The plan that asks about them, and by the folder in the guest what was
    done to the program and the policy's errno. Nothing where the kernel knows no signatures."""
    release, plan, wanted = kernel.split(",")[0], "", {}
    for key in "rsa2048", "p256":
        path = f"{skeletons}/{key}-{release}.h"
        if not os.path.exists(path):
            continue
        text, own = read(path).decode(), os.path.join(scratch, "own.p7s")
        must(tool, "sign", "--force", "--layout", "bpf", "--kernel", release, "sha256", f"{keys}/{key}.key.pem", f"{keys}/{key}.cert.pem", path, own)
        for signer, signature in ("bpftool", literal(text, "opts_sig")), ("modsig", read(own)):
            for what, parts in manipulations(literal(text, "opts_insn"), literal(text, "opts_data"), signature).items():
                folder = f"/bpf/{key}/{signer}/{what.replace(' ', '-')}"
                for name, content in zip(("instructions", "map", "signature", "x509"), (*parts, read(f"{keys}/{key}.cert.der"))):
                    archive.add(f"{folder[1:]}/{name}", content)
                plan += f"bpf {folder}\n"
                write(os.path.join(scratch, "program"), parts[0] if release == "7.2" else parts[0] + parts[1])
                write(os.path.join(scratch, "signature"), parts[2])
                said = run(tool, "verify", "--layout", "bpf", "--policy", "linux-modsign", "--kernel", kernel, "--tsv", "--trust", f"{keys}/{key}.cert.der",
                           "--signature", os.path.join(scratch, "signature"), os.path.join(scratch, "program"))
                wanted[folder] = what, said.stdout.decode().split("\t")[3]
    return plan, wanted


def faults(rows, wanted):
    """What the kernel says otherwise than the policy, or than it has to be."""
    found = dict(rows)
    return [(folder, errno, found.get(folder)) for folder, (what, errno) in wanted.items() if found.get(folder) != errno or (errno == "-") != (what in ACCEPTED)]
