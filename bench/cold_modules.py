# SPDX-License-Identifier: BSL-1.0
"""Signs two modules of a kernel package as scripts/sign-file does, and damages one: small.ko, large.ko, damaged.ko.

cold_modules.py FOLDER-OF-MODULES KEY CERTIFICATE OUT
"""
import os
import sys

import module_file

SIZES = {"small": 6000, "large": 95000}  # bytes, or the nearest there is


folder, key, certificate, out = sys.argv[1:]
modules = [os.path.join(at, name) for at, _, names in os.walk(folder) for name in names if name.endswith(".ko")]
if not modules:
    sys.exit("no modules in " + folder)
os.makedirs(out, exist_ok=True)
images = {}
for name, wanted in SIZES.items():
    nearest = min(sorted(modules), key=lambda path: abs(os.path.getsize(path) - wanted))
    images[name] = module_file.signed(module_file.payload(nearest), key, certificate)
    print(f"{name}.ko: {os.path.basename(nearest)}, {len(images[name])} bytes")
images["damaged"] = bytes([images["small"][0] ^ 1]) + images["small"][1:]
for name, image in images.items():
    with open(os.path.join(out, name + ".ko"), "wb") as file:
        file.write(image)
