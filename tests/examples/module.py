#!/usr/bin/env python3
"""A module signed as in 2012 is still a module: kmod and binutils read of it what they read of the unsigned one, and taking
the signature off gives back the same bytes. module.py TOOL KERNEL-PACKAGE KEY CERT"""
import glob
import os
import shutil
import subprocess
import sys
import tempfile

from harness import NO_KERNEL, read

tool, kernel, key, cert = sys.argv[1:]
if not os.path.isdir(kernel):
    print(NO_KERNEL)
    sys.exit(77)


def output(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


with tempfile.TemporaryDirectory() as folder:
    modules = sorted(glob.glob(os.path.join(kernel, "lib/modules/*/kernel/**/*.ko"), recursive=True), key=os.path.getsize)[:8]
    plain, signed, back = (os.path.join(folder, name, "module.ko") for name in ("plain", "signed", "back"))
    for path in plain, signed, back:
        os.mkdir(os.path.dirname(path))
    for module in modules:
        output(tool, "strip", "--force", module, plain)
        output(tool, "sign", "--force", "--layout", "digsig", "sha256", key, cert, plain, signed)
        output(tool, "strip", "--force", signed, back)
        assert read(back) == read(plain), module
        assert read(signed).startswith(read(plain)) and len(read(signed)) > len(read(plain)), module
        for command in (["modinfo", "-F", "vermagic"], ["modinfo", "-F", "depends"], ["modinfo", "-F", "description"],
                        ["readelf", "-hSsrW"]):
            of_signed, of_plain = output(*command, signed), output(*command, plain)
            assert of_signed == of_plain and (of_plain or command[-1] in ("depends", "description")), (module, command)
        print("reads the same:", os.path.basename(module), output("modinfo", "-F", "vermagic", signed).strip())
    assert modules
