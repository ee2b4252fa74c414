#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""A release: release.py OUT URL
OUT: a folder that gets the tree as an archive, the same bytes each time, and what says where it is and which bytes it has:
modsig.wrap for Meson's subprojects, vcpkg/ (a port) and conan/ (a recipe). URL: of the folder that the archive will be in."""
import gzip
import hashlib
import io
import os
import re
import sys
import tarfile

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.normpath(os.path.join(HERE, "../.."))
RECIPES = {"meson/modsig.wrap.in": "modsig.wrap", "vcpkg/vcpkg.json.in": "vcpkg/vcpkg.json", "vcpkg/portfile.cmake.in": "vcpkg/portfile.cmake",
           "conan/conanfile.py.in": "conan/conanfile.py"}


def version():
    with open(os.path.join(ROOT, "meson.build"), encoding="utf-8") as file:
        return re.search(r"version: '([^']*)'", file.read())[1]


def is_made(path):
    """What a build or a run has left in the tree, as .gitignore names it."""
    return path.startswith("build") or path in (".git", "bench/out") or os.path.basename(path) == "__pycache__"


def archive(folder_name):
    """Sorted, without owners, and with one time for all, so that it depends on the files alone."""
    then = int(os.environ.get("SOURCE_DATE_EPOCH", "1577836800"))  # 2020: packages of files from before 1984 are refused by Debian
    def plain(member):
        member.uid = member.gid = 0
        member.mtime = then
        member.uname = member.gname = "root"
        member.mode = 0o755 if member.isdir() or member.mode & 0o100 else 0o644
        return member
    packed = io.BytesIO()
    with gzip.GzipFile(fileobj=packed, mode="wb", mtime=0, filename="") as compressed, tarfile.open(fileobj=compressed, mode="w") as tar:
        for folder, folders, names in os.walk(ROOT):
            below = os.path.relpath(folder, ROOT)
            inside = [os.path.normpath(os.path.join(below, name)) for name in folders + names]
            folders[:] = sorted(name for name in folders if not is_made(os.path.normpath(os.path.join(below, name))))
            for path in sorted(inside):
                if not is_made(path) and (os.path.islink(os.path.join(ROOT, path)) or os.path.isfile(os.path.join(ROOT, path))):
                    tar.add(os.path.join(ROOT, path), f"{folder_name}/{path}", recursive=False, filter=plain)
    return packed.getvalue()


def main(out, url):
    folder = "modsig-" + version()
    tarball = folder + ".tar.gz"
    data = archive(folder)
    os.makedirs(out, exist_ok=True)
    with open(os.path.join(out, tarball), "wb") as file:
        file.write(data)
    words = {"VERSION": version(), "FOLDER": folder, "TARBALL": tarball, "URL": url.rstrip("/"), "SHA256": hashlib.sha256(data).hexdigest(),
             "SHA512": hashlib.sha512(data).hexdigest()}
    for source, to in RECIPES.items():
        with open(os.path.join(HERE, source), encoding="utf-8") as file:
            text = re.sub(r"@(\w+)@", lambda word: words[word[1]], file.read())
        os.makedirs(os.path.dirname(os.path.join(out, to)), exist_ok=True)
        with open(os.path.join(out, to), "w", encoding="utf-8") as file:
            file.write(text)


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(*sys.argv[1:])
