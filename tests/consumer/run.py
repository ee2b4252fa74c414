#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""A user's project builds and runs against modsig in each way that there is: pkg-config, CMake, a wrap file of Meson, one header (a
subproject: tests/examples/signed_plugins.py); and the recipes of vcpkg and Conan have the form of such. run.py SOURCE KEY-HEADER [TEST...]
KEY-HEADER: what examples/minimal.cpp includes"""
import ast
import hashlib
import json
import os
import re
import shutil
import sys
import tempfile
import types
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "examples"))
from harness import must, read, run, run_tests, write

SOURCE = KEY_HEADER = ""
URL = "https://example.org/releases"
SAYS = b"digested by Botan, version "
CORE_SAYS = b"digested, version "


class Installed(unittest.TestCase):
    """One installation, moved to another place than it was made for; each test in a folder of its own."""

    @classmethod
    def setUpClass(cls):
        cls.place = tempfile.mkdtemp(prefix="modsig-consumer-")
        cls.addClassCleanup(shutil.rmtree, cls.place, ignore_errors=True)
        build, made, cls.prefix = (os.path.join(cls.place, name) for name in ("build", "made", "moved"))
        must("meson", "setup", build, SOURCE, f"--prefix={made}", "--libdir=lib", "-Dtests=false", "-Dexamples=false")
        must("meson", "install", "-C", build, "--no-rebuild")
        os.rename(made, cls.prefix)
        cls.release = os.path.join(cls.place, "release")
        cls.make_release(cls.release)
        folder = os.path.join(cls.prefix, "share/pkgconfig")
        for name in os.listdir(folder):  # what whoever moves it does, too
            write(os.path.join(folder, name), read(os.path.join(folder, name)).replace(made.encode(), cls.prefix.encode()))

    @staticmethod
    def make_release(to):
        must(sys.executable, os.path.join(SOURCE, "examples/packaging/release.py"), to, URL)

    def setUp(self):
        self.folder = tempfile.mkdtemp(dir=self.place)
        os.chdir(self.folder)

    def pkg_config(self, name):
        flags = must("pkg-config", "--cflags", "--libs", name, PKG_CONFIG_PATH=os.path.join(self.prefix, "share/pkgconfig")).decode().split()
        self.assertFalse(any(flag.startswith("-std") for flag in flags), flags)  # the standard is the user's to choose, C++20 or later
        return flags

    def project(self):
        return shutil.copytree(os.path.join(HERE, "source"), "project")

    def says(self, program, words):
        self.assertTrue(must(program).startswith(words), program)

    def test_only_headers_and_what_finds_them_are_installed(self):
        found = [os.path.relpath(os.path.join(folder, name), self.prefix) for folder, _, names in os.walk(self.prefix) for name in names]
        odd = [path for path in found if not re.fullmatch(r"include/modsig/.*\.hpp|share/pkgconfig/.*\.pc|share/cmake/modsig/.*\.cmake|share/modsig/embed\.py", path)]
        self.assertEqual(odd, [])
        headers = sum(name.endswith(".hpp") for _, _, names in os.walk(os.path.join(SOURCE, "include")) for name in names)
        self.assertEqual(len(found), headers + 5)

    def test_pkg_config(self):
        must("g++", "-std=c++20", f"{HERE}/source/main.cpp", "-o", "program", *self.pkg_config("modsig"))
        self.says("./program", SAYS)

        embed = must("pkg-config", "--variable=embed", "modsig", PKG_CONFIG_PATH=os.path.join(self.prefix, "share/pkgconfig")).decode().strip()
        self.assertEqual(read(embed), read(os.path.join(SOURCE, "examples/embed.py")))

    def test_pkg_config_without_botan(self):
        flags = self.pkg_config("modsig-core")
        self.assertEqual([flag for flag in flags if "botan" in flag], [])
        must("g++", "-std=c++20", f"{HERE}/source/core.cpp", "-o", "program", *flags)
        self.says("./program", CORE_SAYS)

    @unittest.skipUnless(shutil.which("cmake"), "no cmake here (package cmake)")
    def test_cmake(self):
        must("cmake", "-S", self.project(), "-B", "build", f"-DCMAKE_PREFIX_PATH={self.prefix}")
        must("cmake", "--build", "build")
        self.says("build/consumer", SAYS)
        self.says("build/consumer-core", CORE_SAYS)

    @unittest.skipUnless(shutil.which("cmake"), "no cmake here (package cmake)")
    def test_cmake_without_botan(self):
        nothing = os.path.join(self.folder, "nothing")
        os.mkdir(nothing)
        configure = ["cmake", "-S", self.project(), "-B", "build", f"-DCMAKE_PREFIX_PATH={self.prefix}"]
        no_botan = {"PKG_CONFIG_LIBDIR": nothing}
        must(*configure, "-DBOTAN=OFF", **no_botan)
        missing = run(*configure, "-DBOTAN=ON", **no_botan)
        self.assertNotEqual(missing.returncode, 0)
        self.assertRegex(b" ".join(missing.stderr.split()), rb"modsig::modsig needs botan-\d, which pkg-config does not find; find_package\(modsig COMPONENTS core\)")

    @unittest.skipUnless(shutil.which("cmake"), "no cmake here (package cmake)")
    def test_cmake_versions(self):
        for asked, good in (("", True), ("0.1", True), ("0.1.0", True), ("0.1.1", False), ("0.2", False), ("0.10", False), ("1.0", False)):
            write("CMakeLists.txt", f"cmake_minimum_required(VERSION 3.18)\nproject(p NONE)\nfind_package(modsig {asked} REQUIRED COMPONENTS core)\n".encode())
            # No language is on, so targets cannot know C++20: the question is only whether the version is taken.
            done = run("cmake", "-S", ".", "-B", "build" + asked, f"-DCMAKE_PREFIX_PATH={self.prefix}")
            self.assertEqual(b"compatible with requested" in b" ".join(done.stderr.split()), not good, (asked, done.stderr))

    def test_a_component_that_is_not_there_is_named(self):
        if not shutil.which("cmake"):
            self.skipTest("no cmake here (package cmake)")
        write("CMakeLists.txt", b"cmake_minimum_required(VERSION 3.18)\nproject(p CXX)\nfind_package(modsig REQUIRED COMPONENTS kore)\n")
        done = run("cmake", "-S", ".", "-B", "build", f"-DCMAKE_PREFIX_PATH={self.prefix}")
        self.assertIn(b"components core and modsig, and no kore", b" ".join(done.stderr.split()))

    def test_meson_wrap(self):
        """The wrap file and the archive of a release; the archive is where a download would have put it."""
        release = self.release
        os.makedirs(os.path.join(self.project(), "subprojects/packagecache"))
        shutil.copy(f"{release}/modsig.wrap", "project/subprojects")
        for name in os.listdir(release):
            if name.endswith(".tar.gz"):
                shutil.copy(f"{release}/{name}", "project/subprojects/packagecache")
        must("meson", "setup", "build", "project", "--wrap-mode=forcefallback")
        must("meson", "compile", "-C", "build")
        self.says("build/consumer", CORE_SAYS)

    def test_one_header(self):
        write("modsig-single.hpp", must(sys.executable, os.path.join(SOURCE, "examples/packaging/single_header.py")))
        shutil.copy(KEY_HEADER, "vendor_key.hpp")
        write("minimal.cpp", re.sub(rb"#include <modsig/[^>]*>", b'#include "modsig-single.hpp"', read(os.path.join(SOURCE, "examples/minimal.cpp"))))
        must("g++", "-std=c++20", "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-I.", "minimal.cpp", "-o", "minimal")
        self.assertEqual(run("./minimal").returncode, 2)
        self.assertEqual(run("./minimal", "minimal.cpp").stderr, b"minimal.cpp: there is no signature\n")

    def test_a_release_is_the_same_bytes_again_and_no_more_than_the_tree(self):
        release = self.release
        archive = next(name for name in os.listdir(release) if name.endswith(".tar.gz"))
        self.make_release("again")
        self.assertEqual(read(f"again/{archive}"), read(f"{release}/{archive}"))
        names = must("tar", "-tf", f"{release}/{archive}").decode().splitlines()
        self.assertFalse([name for name in names if re.search(r"/build|__pycache__|/\.git/", name)])
        self.assertIn("modsig-0.1.0/meson.build", names)

    @unittest.skipUnless(shutil.which("cmake"), "no cmake here (package cmake)")
    def test_vcpkg_port(self):
        """As vcpkg reads it: https://learn.microsoft.com/vcpkg/reference/vcpkg-json. Its functions are told what the port asks of them."""
        release = self.release
        port = json.loads(read(f"{release}/vcpkg/vcpkg.json"))
        self.assertLessEqual({"name", "version", "description", "license"}, set(port))
        self.assertRegex(port["name"], r"^[a-z0-9]+(-[a-z0-9]+)*$")
        self.assertRegex(port["version"], r"^\d+(\.\d+)*$")
        self.assertLessEqual(set(port["default-features"]), set(port["features"]))
        functions = ["vcpkg_download_distfile", "vcpkg_extract_source_archive", "vcpkg_configure_meson", "vcpkg_install_meson", "vcpkg_fixup_pkgconfig",
                     "vcpkg_install_copyright"]
        stubs = "".join(f'function({name})\n  message("{name} ${{ARGN}}")\nendfunction()\n' for name in functions)
        for features, botan in (("botan", "enabled"), ("", "disabled")):
            write("port.cmake", f'cmake_minimum_required(VERSION 3.18)\n{stubs}set(FEATURES {features})\ninclude("{release}/vcpkg/portfile.cmake")\n'.encode())
            calls = [line.split(" ", 1) for line in run("cmake", "-P", "port.cmake").stderr.decode().splitlines()]
            self.assertEqual([call[0] for call in calls], functions)
            archive = next(name for name in os.listdir(release) if name.endswith(".tar.gz"))
            digest = hashlib.sha512(read(f"{release}/{archive}")).hexdigest()
            self.assertEqual(calls[0][1].split(";")[1:], ["URLS", f"{URL}/{archive}", "FILENAME", archive, "SHA512", digest])
            self.assertIn(f"-Dbotan={botan}", calls[2][1])

    def test_conan_recipe(self):
        """Its methods are called by a Conan that notes what is asked for."""
        release = self.release
        text = read(f"{release}/conan/conanfile.py").decode()
        ast.parse(text)
        asked = []
        conan = types.ModuleType("conan")
        conan.ConanFile = object
        build, files = types.ModuleType("conan.tools.build"), types.ModuleType("conan.tools.files")
        build.check_min_cppstd = lambda recipe, standard: asked.append(("standard", standard))
        files.get = lambda recipe, url, **more: asked.append(("get", url, more["sha256"]))
        files.copy = lambda recipe, pattern, source, to: asked.append(("copy", pattern, os.path.relpath(to, "package")))
        modules = {"conan": conan, "conan.tools": types.ModuleType("conan.tools"), "conan.tools.build": build, "conan.tools.files": files}
        sys.modules.update(modules)
        self.addCleanup(lambda: [sys.modules.pop(name) for name in modules])
        names = {}
        exec(compile(text, "conanfile.py", "exec"), names)  # pylint: disable=exec-used
        recipe = names["ModsigConan"]()
        component = lambda: types.SimpleNamespace(set_property=lambda key, value: asked.append((key, value)), requires=[])
        recipe.options = types.SimpleNamespace(with_botan=True)
        recipe.source_folder, recipe.package_folder = "source", "package"
        recipe.requires = lambda what: asked.append(("requires", what))
        recipe.cpp_info = types.SimpleNamespace(components={"core": component(), "modsig": component()}, set_property=lambda *_: None)
        for method in recipe.requirements, recipe.validate, recipe.source, recipe.package, recipe.package_info:
            method()
        archive = next(name for name in os.listdir(release) if name.endswith(".tar.gz"))
        self.assertIn(("get", f"{URL}/{archive}", hashlib.sha256(read(f"{release}/{archive}")).hexdigest()), asked)
        for each in (("standard", 20), ("copy", "*.hpp", "include"), ("copy", "LICENSE", "licenses"), ("cmake_target_name", "modsig::core"),
                     ("cmake_target_name", "modsig::modsig"), ("pkg_config_name", "modsig-core")):
            self.assertIn(each, asked)
        self.assertEqual(recipe.cpp_info.components["modsig"].requires, ["core", "botan::botan"])


if __name__ == "__main__":
    SOURCE, KEY_HEADER = map(os.path.abspath, sys.argv[1:3])
    sys.exit(run_tests(sys.modules[__name__], sys.argv[3:]))
