#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""Headers outside os/ make no system calls of their own. system_calls.py INCLUDE-FOLDER"""
import os
import re
import sys

HEADERS = re.compile(r"#include <(fcntl\.h|unistd\.h|poll\.h|dirent\.h|termios\.h|linux/[^>]*|sys/(?!auxv\.h)[^>]*)>")
CALLS = re.compile(r"(?<![\w>])::(open|openat|read|pread|write|pwrite|close|mmap|munmap|mprotect|fork|execv\w*|waitpid|poll|f?stat|lstat|fcntl|ioctl|syscall)\(")

root, wrong, count = sys.argv[1], [], 0
for folder, _, names in os.walk(root):
    if os.path.relpath(folder, root).split(os.sep)[0] == "os":
        continue
    for name in names:
        if not name.endswith(".hpp"):
            continue
        path = os.path.join(folder, name)
        count += 1
        with open(path, encoding="utf-8") as file:
            for number, line in enumerate(file, 1):
                code = line.split("//")[0]
                if HEADERS.search(code) or CALLS.search(code):
                    wrong.append(f"{path}:{number}: {line.strip()}")
print("\n".join(wrong) if wrong else f"{count} headers make no system call")
sys.exit(1 if wrong or count < 100 else 0)
