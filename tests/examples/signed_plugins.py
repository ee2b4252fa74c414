#!/usr/bin/env python3
"""examples/signed-plugins: one build signs its plugins, forgets the key, and builds the host that knows the public half.
signed_plugins.py TOOL SOURCE"""
import os
import re
import shutil
import sys
import tempfile
import unittest

from harness import must, read, run, run_tests, write
from key_search import files_with_private_key, has_prime, modulus

TOOL = SOURCE = ""
PLUGINS = "doubler.so", "squarer.so"
OUTPUT = "doubler: 42\nsquarer: 441\n"


def build_of(folder, *options, subproject=True):
    """A copy of the example, and what `meson setup` makes of it."""
    shutil.copytree(os.path.join(SOURCE, "examples/signed-plugins"), f"{folder}/source")
    if subproject:
        os.mkdir(f"{folder}/source/subprojects")
        os.symlink(SOURCE, f"{folder}/source/subprojects/modsig")
    write(f"{folder}/native.ini", f"[binaries]\nmodsig = '{TOOL}'\n".encode())
    must("meson", "setup", f"{folder}/build", f"{folder}/source", f"--native-file={folder}/native.ini", "--prefix=/usr", "--libdir=lib",
         "--werror", "-Dcpp_args=-Wno-error=deprecated-declarations", "-Doptimization=0", *options)
    return f"{folder}/build"


def ninja(build, *targets):
    return must("ninja", "-C", build, *targets).decode()


class Plugins(unittest.TestCase):
    """Two builds; the second one's host is never needed."""

    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp(prefix="modsig-signed-plugins-")
        cls.addClassCleanup(shutil.rmtree, cls.folder)
        for name in "one", "other":
            os.mkdir(f"{cls.folder}/{name}")
        # Meson's strip destroys signatures, so it is asked for.
        cls.build = build_of(f"{cls.folder}/one", "-Dstrip=true")
        said = ninja(cls.build)
        cls.other = build_of(f"{cls.folder}/other")
        ninja(cls.other, *PLUGINS)
        cls.steps = re.findall(r"^\[\d+/\d+\] (.*)$", said, re.MULTILINE)

    def setUp(self):
        self.work = tempfile.mkdtemp(dir=self.folder)

    def load(self, *files, host=None):
        done = run(host or f"{self.build}/plugin-host", *files)
        return done.returncode, done.stdout.decode(), done.stderr.decode()

    def refused(self, file, code):
        status, out, err = self.load(file)
        self.assertEqual((status, out), (1, ""), err)
        self.assertIn(f"{file}: refused: ", err)
        self.assertIn(f"({code}, ", err)

    def plugins(self, build=None):
        return [f"{build or self.build}/{name}" for name in PLUGINS]

    def test_one_build_in_the_right_order_and_no_step_twice(self):
        self.assertEqual(len(self.steps), len(set(self.steps)))
        order = [next(i for i, step in enumerate(self.steps) if re.search(text, step))
                 for text in ("Linking target plugins/", "Generating signed", "Compiling .*host", "Linking target plugin-host")]
        self.assertEqual(order, sorted(order))
        self.assertIn("no work to do", ninja(self.build))

    def test_the_host_loads_both(self):
        self.assertEqual(self.load(*self.plugins()), (0, OUTPUT, ""))

    def test_unsigned_and_tampered_plugins_are_refused(self):
        for name in PLUGINS:
            self.refused(f"{self.build}/plugins/{name}", "no_signature")
            whole = read(f"{self.build}/{name}")
            for offset in 0, 0x1000, len(whole) // 2:
                changed = whole[:offset] + bytes([whole[offset] ^ 1]) + whole[offset + 1 :]
                self.refused(write(f"{self.work}/tampered.so", changed), "signature_mismatch")
            self.refused(write(f"{self.work}/longer.so", whole + b"\0"), "no_signature")

    def test_plugins_of_another_build_are_refused(self):
        for plugin in self.plugins(self.other):
            self.refused(plugin, "key_not_found")
        self.assertEqual(self.load(*self.plugins()), (0, OUTPUT, ""))

    def test_installed_plugins_are_stripped_and_signed(self):
        must("meson", "install", "-C", self.build, "--no-rebuild", "--strip", DESTDIR=f"{self.work}/stage")
        host, folder = f"{self.work}/stage/usr/bin/plugin-host", f"{self.work}/stage/usr/lib/signed-plugins"
        self.assertEqual(sorted(os.listdir(folder)), sorted(PLUGINS))
        installed = [f"{folder}/{name}" for name in PLUGINS]
        self.assertEqual(self.load(*installed, host=host), (0, OUTPUT, ""))
        for name, file in zip(PLUGINS, installed):
            self.assertEqual(read(file), read(f"{self.build}/{name}"))
            self.assertIn(b".debug_info", must("readelf", "-SW", f"{self.build}/plugins/{name}"))
            self.assertNotIn(b".debug_info", must("readelf", "-SW", file))
        # Meson did strip what it may.
        self.assertIn(b".symtab", must("readelf", "-SW", f"{self.build}/plugin-host"))
        self.assertNotIn(b".symtab", must("readelf", "-SW", host))

    def test_a_changed_plugin_means_a_new_key_for_all_of_them_and_for_the_host(self):
        saved = [shutil.copy(plugin, self.work) for plugin in self.plugins()]
        source = f"{self.folder}/one/source/plugins/doubler.cpp"
        old, key = read(source), read(f"{self.build}/plugin_key.hpp")
        try:
            write(source, old.replace(b"2 * argument", b"argument + argument + 1"))
            ninja(self.build)
            self.assertEqual(self.load(*self.plugins()), (0, "doubler: 43\nsquarer: 441\n", ""))
            self.assertNotEqual(read(f"{self.build}/plugin_key.hpp"), key)
            for plugin in saved:
                self.refused(plugin, "key_not_found")
            self.assertIn("no work to do", ninja(self.build))
        finally:
            write(source, old)
            ninja(self.build)
        self.assertEqual(self.load(*self.plugins()), (0, OUTPUT, ""))

    def test_the_private_key_is_in_no_file(self):
        numbers = ", ".join(re.findall(r"0x[0-9a-f]{2}", read(f"{self.build}/plugin_key.hpp").decode())).split(", ")
        write(f"{self.work}/key.der", bytes(int(number, 16) for number in numbers))
        found, looked_at = files_with_private_key([f"{self.folder}/one"], modulus(f"{self.work}/key.der"))
        self.assertEqual(found, [])
        self.assertGreater(looked_at, 20)
        self.assertEqual([name for name in os.listdir(self.build) if name.startswith("signing.")], [])
        print(f"no private key in {looked_at} files")

    def test_that_search_finds_private_keys(self):
        must(TOOL, "genkey", "--type", "rsa2048", "--out", f"{self.work}/key.pem")
        n = modulus(f"{self.work}/key.x509")
        must("openssl", "pkey", "-in", f"{self.work}/key.pem", "-outform", "DER", "-out", f"{self.work}/key.der")
        der = read(f"{self.work}/key.der")
        self.assertTrue(has_prime(der, n))
        self.assertTrue(has_prime(der[::-1], n))
        self.assertFalse(has_prime(read(f"{self.work}/key.x509"), n))
        found, looked_at = files_with_private_key([self.work], n)
        self.assertEqual((sorted(found), looked_at), ([f"{self.work}/key.der", f"{self.work}/key.pem"], len(os.listdir(self.work))))


class Installed(unittest.TestCase):
    def test_an_installed_modsig_does_as_well_as_a_subproject(self):
        folder = tempfile.mkdtemp(prefix="modsig-signed-plugins-")
        self.addCleanup(shutil.rmtree, folder)
        must("meson", "setup", f"{folder}/modsig", SOURCE, f"--prefix={folder}/prefix", "-Dtests=false", "-Dexamples=false")
        must("meson", "install", "-C", f"{folder}/modsig", "--no-rebuild")
        os.environ["PKG_CONFIG_PATH"] = f"{folder}/prefix/share/pkgconfig"
        self.addCleanup(os.environ.pop, "PKG_CONFIG_PATH")
        build = build_of(folder, "--wrap-mode=nofallback", subproject=False)
        ninja(build)
        done = run(f"{build}/plugin-host", *(f"{build}/{name}" for name in PLUGINS))
        self.assertEqual((done.returncode, done.stdout.decode()), (0, OUTPUT), done.stderr.decode())


if __name__ == "__main__":
    TOOL, SOURCE = map(os.path.abspath, sys.argv[1:3])
    sys.exit(run_tests(sys.modules[__name__], sys.argv[3:]))
