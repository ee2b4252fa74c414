# SPDX-License-Identifier: BSL-1.0
"""A module's bytes without its signature, and with a new one, as scripts/sign-file makes it."""
import lzma
import struct
import subprocess
import sys

MARKER = b"~Module signature appended~\n"


def payload(path):
    with (lzma.open if path.endswith(".xz") else open)(path, "rb") as file:
        image = file.read()
    if not image.endswith(MARKER):
        sys.exit(path + " is not signed")
    size = struct.unpack(">I", image[-len(MARKER) - 4 : -len(MARKER)])[0]
    return image[: -len(MARKER) - 12 - size]


def signed(content, key, certificate):
    command = ["openssl", "cms", "-sign", "-binary", "-noattr", "-nocerts", "-nosmimecap", "-md", "sha256", "-outform", "DER"]
    message = subprocess.run(command + ["-inkey", key, "-signer", certificate], input=content, capture_output=True, check=True).stdout
    return content + message + bytes([0, 0, 2, 0, 0, 0, 0, 0]) + struct.pack(">I", len(message)) + MARKER
