#!/usr/bin/env python3
"""A user's project builds against an installed modsig (pkg-config) and against a subproject: run.py SOURCE BUILD"""
import os
import shutil
import subprocess
import sys
import tempfile

source, build = sys.argv[1:]
here = os.path.join(source, "tests/consumer")


def run(*command, **options):
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **options)
    if done.returncode != 0:
        sys.exit("%s\n%s" % (" ".join(command), done.stdout))
    return done.stdout


with tempfile.TemporaryDirectory() as work:
    stage = os.path.join(work, "stage")
    run("meson", "setup", os.path.join(work, "install"), source, "--prefix=/usr", "-Dtests=false", "-Dexamples=false")
    run("meson", "install", "-C", os.path.join(work, "install"), "--no-rebuild", env={**os.environ, "DESTDIR": stage})
    with open(os.path.join(stage, "usr/share/pkgconfig/modsig.pc")) as pc:
        text = pc.read().replace("prefix=/usr", "prefix=" + stage + "/usr", 1)
    with open(os.path.join(work, "modsig.pc"), "w") as pc:
        pc.write(text)
    flags = run("pkg-config", "--cflags", "--libs", "modsig",
                env={**os.environ, "PKG_CONFIG_PATH": work}).split()
    assert not any(flag.startswith("-std") for flag in flags), flags  # the standard is the user's to choose, C++20 or later
    binary = os.path.join(work, "with-pkg-config")
    run("g++", "-std=c++20", os.path.join(here, "source/main.cpp"), "-o", binary, *flags)
    print("pkg-config:", run(binary).strip())

    project = os.path.join(work, "project")
    shutil.copytree(os.path.join(here, "source"), project)
    os.mkdir(os.path.join(project, "subprojects"))
    os.symlink(source, os.path.join(project, "subprojects/modsig"))
    run("meson", "setup", os.path.join(work, "sub"), project)
    run("meson", "compile", "-C", os.path.join(work, "sub"))
    print("subproject:", run(os.path.join(work, "sub/consumer")).strip())
