# SPDX-License-Identifier: BSL-1.0
"""Signs two modules of a kernel package as scripts/sign-file does, and damages one: small.ko, large.ko, damaged.ko.

cold_modules.py FOLDER-OF-MODULES KEY CERTIFICATE OUT
"""
import os
import struct
import subprocess
import sys

MARKER = b"~Module signature appended~\n"
SIZES = {"small": 6000, "large": 95000}  # bytes, or the nearest there is


def payload(path):
    with open(path, "rb") as file:
        image = file.read()
    if not image.endswith(MARKER):
        sys.exit(path + " is not signed")
    size = struct.unpack(">I", image[-len(MARKER) - 4 : -len(MARKER)])[0]
    return image[: -len(MARKER) - 12 - size]


def signed(content, key, certificate):
    command = ["openssl", "cms", "-sign", "-binary", "-noattr", "-nocerts", "-nosmimecap", "-md", "sha256", "-outform", "DER"]
    message = subprocess.run(command + ["-inkey", key, "-signer", certificate], input=content, capture_output=True, check=True).stdout
    return content + message + bytes([0, 0, 2, 0, 0, 0, 0, 0]) + struct.pack(">I", len(message)) + MARKER


folder, key, certificate, out = sys.argv[1:]
modules = [os.path.join(at, name) for at, _, names in os.walk(folder) for name in names if name.endswith(".ko")]
if not modules:
    sys.exit("no modules in " + folder)
os.makedirs(out, exist_ok=True)
images = {}
for name, wanted in SIZES.items():
    nearest = min(sorted(modules), key=lambda path: abs(os.path.getsize(path) - wanted))
    images[name] = signed(payload(nearest), key, certificate)
    print(f"{name}.ko: {os.path.basename(nearest)}, {len(images[name])} bytes")
images["damaged"] = bytes([images["small"][0] ^ 1]) + images["small"][1:]
for name, image in images.items():
    with open(os.path.join(out, name + ".ko"), "wb") as file:
        file.write(image)
