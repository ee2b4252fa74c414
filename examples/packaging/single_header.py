#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""modsig as one header: single_header.py [HEADER...] >modsig-single.hpp
HEADER: what is wanted, as it is included, such as modsig/core.hpp modsig/load/plugin.hpp. Without any: everything that needs no
library: modsig/core.hpp, the native engine, sealed files, dlopen and the hook for C.
Each header of modsig takes the place of its first #include; headers of the system and of libraries stay as they are."""
import os
import re
import sys

INCLUDE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../include")
DEFAULT = ["modsig/core.hpp", "modsig/engine/native.hpp", "modsig/load/sealed_file.hpp", "modsig/load/plugin.hpp", "modsig/load/hook.hpp"]


def put(header, seen, out):
    if header in seen:
        return
    seen.add(header)
    with open(os.path.join(INCLUDE, header), encoding="utf-8") as file:
        for line in file:
            found = re.match(r"#\s*include <(modsig/[^>]*)>", line)
            if found:
                put(found[1], seen, out)
            else:
                out.append(line)


def single_header(headers):
    seen, out = set(), []
    out.append("// modsig as one header, made by single_header.py of: " + " ".join(headers) + "\n")
    with open(os.path.join(INCLUDE, "../LICENSE"), encoding="utf-8") as file:
        out += ["// " + line if line.strip() else "//\n" for line in file]
    out.append("#pragma once\n\n")
    for header in headers:
        put(header, seen, out)
    return "".join(out)


if __name__ == "__main__":
    sys.stdout.write(single_header(sys.argv[1:] or DEFAULT))
