#!/usr/bin/env python3
"""What a command line may say: no output is an input, an option that would do nothing is refused, so is - for a file's name.
Arguments: the tool, a folder of keys."""
import os
import shutil
import stat
import sys
import tempfile
import unittest

from harness import GENKEY_CONFIG, must, read, run, run_tests, write

TOOL = KEYS = ""
SIGN = ["sha256", "key.pem", "cert.pem"]


def everything():
    """Every file below, with its content."""
    return {os.path.join(folder, name): read(os.path.join(folder, name)) for folder, _, names in os.walk(".") for name in names}


class InFolder(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="modsig-arguments-")
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        os.chdir(self.folder)
        self.addCleanup(os.chdir, "/")
        shutil.copy(f"{KEYS}/rsa2048.key.pem", "key.pem"), shutil.copy(f"{KEYS}/rsa2048.cert.pem", "cert.pem")
        write("both.pem", read("key.pem") + read("cert.pem"))
        self.content = bytes(range(256)) * 16
        write("plain.ko", self.content), write("other.ko", b"another module")
        for layout in "modsign", "digsig":
            must(TOOL, "sign", "--layout", layout, *SIGN, "plain.ko", f"{layout}.ko")
        must(TOOL, "sign", *SIGN, "other.ko", "signed-other.ko")
        must(TOOL, "sign", "-d", *SIGN, "plain.ko")
        digest = bytes.fromhex(must(TOOL, "digest", "plain.ko").decode())
        must("openssl", "pkeyutl", "-sign", "-inkey", "key.pem", "-pkeyopt", "digest:sha256", "-in", write("digest", digest), "-out", "raw")
        os.mkdir("tree"), shutil.copy("plain.ko", "tree/a.ko")

    def tool(self, status, *arguments, stdin=None, **environment):
        done = run(TOOL, *arguments, stdin=stdin, **environment)
        self.assertEqual(done.returncode, status, f"{arguments}\n{done.stdout!r}\n{done.stderr!r}")
        return done.stdout, done.stderr.decode()

    def refused(self, words, *arguments, **more):
        """Usage, the complaint has these words, and every file is as it was."""
        before = everything()
        with self.subTest(arguments=arguments):
            self.assertIn(words, self.tool(2, *arguments, **more)[1])
            self.assertEqual(everything(), before, arguments)


class Outputs(InFolder):
    LOST = "is read by this command, and would be lost"

    def test_no_output_is_an_input(self):
        os.link("key.pem", "hard.pem"), os.symlink("key.pem", "soft.pem")
        os.mkdir("keys"), os.link("cert.pem", "keys/c.pem")
        config = write("config", GENKEY_CONFIG)
        for command in (
                ["extract", "modsign.ko", "modsign.ko"], ["extract", "modsign.ko", "./modsign.ko"], ["strip", "modsign.ko", "modsign.ko"],
                ["sign", *SIGN, "plain.ko", "key.pem"], ["sign", *SIGN, "plain.ko", "hard.pem"], ["sign", *SIGN, "plain.ko", "soft.pem"],
                ["sign", "--force", *SIGN, "plain.ko", "key.pem"], ["sign", "--force", *SIGN, "plain.ko", "cert.pem"], ["sign", "--force", *SIGN, "plain.ko", "./plain.ko"],
                ["sign", *SIGN, "key.pem"], ["sign", *SIGN, "cert.pem"], ["sign", "--layout", "digsig", "--force", *SIGN, "plain.ko", "key.pem"],
                ["sign", "--layout", "digsig", "--force", "--sigfile", *SIGN, "plain.ko", "./plain.ko"],
                ["sign", "-s", "--force", "raw", "sha256", "cert.pem", "plain.ko", "raw"], ["sign", "-s", "raw", "sha256", "cert.pem", "raw"],
                ["sign", "--layout", "digsig", "-s", "--force", "raw", "sha256", "cert.pem", "plain.ko", "raw"],
                ["attach", "--cert", "cert.pem", "raw", "plain.ko", "raw"], ["attach", "--cert", "cert.pem", "raw", "raw"],
                ["attach", "--force", "--cert", "cert.pem", "raw", "plain.ko", "cert.pem"], ["attach", "--force", "--cert", "cert.pem", "raw", "plain.ko", "plain.ko"],
                ["attach", "--force", "--trust", "keys", "plain.ko.p7s", "plain.ko", "cert.pem"], ["attach", "--force", "--trust", "keys", "--revoked", "digest", "plain.ko.p7s", "plain.ko", "digest"],
                ["install", "--key", "both.pem", "--from", "tree", "--to", "out", "--public-key-out", "both.pem"],
                ["install", "--key", "key.pem", "--cert", "cert.pem", "--from", "tree", "--to", "out", "--public-key-out", "./cert.pem"],
                ["install", "--key", "both.pem", "--from", "tree", "--to", "out", "--public-key-out", "tree/a.ko"],
                ["verify", "--trust", "keys", "--html", "cert.pem", "modsign.ko"], ["verify", "--html", "./modsign.ko", "modsign.ko"],
                ["genkey", "--type", "ecdsa-p256", "--force", "--config", config, "--out", config]):
            self.refused(self.LOST, *command)

    def test_the_same_under_the_name_sign_file(self):
        os.symlink(TOOL, "sign-file")
        before = everything()
        for arguments in [*SIGN, "plain.ko", "key.pem"], [*SIGN, "key.pem"], ["-s", "raw", "sha256", "cert.pem", "plain.ko", "raw"]:
            done = run("./sign-file", *arguments)
            self.assertEqual(done.returncode, 1, done.stderr)
            self.assertIn(self.LOST, done.stderr.decode())
            self.assertEqual(everything(), before)
        for destination in "other.ko", "plain.ko", "./plain.ko":  # as it is there: overwritten, unasked
            must("./sign-file", *SIGN, "plain.ko", destination)
            self.assertTrue(read(destination).startswith(self.content))

    def test_two_outputs_are_two_files(self):
        self.refused("two outputs", "install", "--type", "ecdsa-p256", "--from", "tree", "--to", "out", "--public-key-out", "new.pem", "--public-key-out", "./new.pem")
        self.refused("two outputs", "sign", "--force", "-p", *SIGN, "plain.ko", "plain.ko.p7s")

    def test_a_destination_that_is_there_needs_force(self):
        for layout in [], ["--layout", "digsig"], ["--layout", "digsig", "--sigfile"], ["--layout", "fsverity"], ["--layout", "ima"], ["--layout", "ima", "--sigfile"]:
            self.refused("is there already: --force overwrites it", "sign", *layout, *SIGN, "plain.ko", "other.ko")
        self.refused("is there already", "sign", "-s", "raw", "sha256", "cert.pem", "plain.ko", "other.ko")
        self.tool(0, "sign", "--force", *SIGN, "plain.ko", "other.ko")
        self.assertEqual(read("other.ko"), read("modsign.ko"))
        self.tool(0, "sign", *SIGN, "plain.ko", "new.ko")
        self.assertEqual(self.tool(0, "sign", *SIGN, "plain.ko", "/dev/stdout")[0], read("modsign.ko"))
        self.tool(0, "sign", *SIGN, "plain.ko", "plain.ko")  # in place
        self.assertEqual(read("plain.ko"), read("modsign.ko"))

    def test_a_second_module_is_no_destination(self):
        """As a shell's *.ko gives them."""
        for command in (["strip", "modsign.ko", "signed-other.ko"], ["strip", "modsign.ko", "other.ko"], ["extract", "modsign.ko", "signed-other.ko"],
                        ["extract", "modsign.ko", "other.ko"], ["sign", *SIGN, "plain.ko", "other.ko"], ["attach", "--cert", "cert.pem", "raw", "plain.ko", "other.ko"],
                        ["attach", "--cert", "cert.pem", "raw", "plain.ko", "signed-other.ko"]):
            self.refused("is there already: --force overwrites it", *command)
            self.tool(0, command[0], "--force", *command[1:])
            self.setUp()
        self.refused("is no parameter", "load", "--dry-run", "--trust", "cert.pem", "modsign.ko", "signed-other.ko")
        self.refused("is no parameter", "load", "--dry-run", "--trust", "cert.pem", "modsign.ko", "tree/a")
        self.refused("", "inspect", "modsign.ko", "signed-other.ko")
        self.refused("", "strip", "modsign.ko", "a", "signed-other.ko")

    def test_what_was_made_before_is_made_again(self):
        for command, result in ((["strip", "modsign.ko"], self.content), (["extract", "modsign.ko"], read("plain.ko.p7s")),
                                (["attach", "--cert", "cert.pem", "raw", "plain.ko"], read("modsign.ko"))):
            for _ in range(2):
                self.tool(0, *command, f"{command[0]}.result")
                self.assertEqual(read(f"{command[0]}.result"), result)

    def test_devices_and_pipes_are_no_files_to_replace(self):
        os.mkfifo("fifo.pem")
        for command in (["genkey", "--type", "ecdsa-p256", "--force", "--out", "fifo.pem"],):
            self.assertNotEqual(run(TOOL, *command).returncode, 0)
            self.assertTrue(stat.S_ISFIFO(os.lstat("fifo.pem").st_mode))


class Effects(InFolder):
    def test_options_that_would_do_nothing(self):
        cases = {
            "--signer-timeout belongs to keys that a command: has": [
                ["sign", "--signer-timeout", "5", *SIGN, "plain.ko"], ["sign", "--signer-timeout", "60", "sha256", "pkcs11:token=a", "cert.pem", "plain.ko"],
                ["sign", "-s", "--signer-timeout", "5", "raw", "sha256", "cert.pem", "plain.ko"]],
            "with -d only FILE.p7s is written": [
                ["sign", "-d", *SIGN, "plain.ko", "new.ko"], ["sign", "-d", "--replace", *SIGN, "modsign.ko"], ["sign", "-d", "--sigfile", *SIGN, "plain.ko"],
                ["sign", "-dk", *SIGN, "plain.ko", "new.ko"]],
            "with --sigfile only the signature is written": [
                ["sign", "-p", "--sigfile", *SIGN, "plain.ko"], ["sign", "--replace", "--sigfile", *SIGN, "modsign.ko"],
                ["sign", "--layout", "digsig", "--replace", "--sigfile", *SIGN, "digsig.ko"]],
            "layout nothing is taken off": [
                ["sign", "--layout", "mcuboot", "--version", "1.0.0", "--replace", *SIGN, "plain.ko"], ["sign", "--layout", "fsverity", "--replace", *SIGN, "plain.ko"]],
            "is always a file of its own": [["sign", "--layout", "fsverity", "--sigfile", *SIGN, "plain.ko"]],
            "no --replace": [["sign", "-s", "--layout", "digsig", "--replace", "raw", "sha256", "cert.pem", "digsig.ko"]],
            "no --keyid": [["digest", "--keyid", "01", "plain.ko"], ["digest", "--layout", "modsign", "--keyid", "01", "plain.ko"], ["digest", "--layout", "ima", "--keyid", "01", "plain.ko"],
                           ["attach", "--cert", "cert.pem", "--keyid", "01", "raw", "plain.ko"]],
            "no --cert": [["digest", "--cert", "cert.pem", "plain.ko"], ["digest", "--layout", "ima", "--cert", "cert.pem", "plain.ko"]],
            "a whole signature, which has its own digest and key identifier": [["attach", "--cert", "cert.pem", "--hash", "sha512", "plain.ko.p7s", "plain.ko"]],
            "--modinfo prints what the signature says": [["inspect", "--modinfo", *more, "modsign.ko"] for more in (
                ["--trust", "cert.pem"], ["--trust-for", "modsign", "cert.pem"], ["--revoked", "cert.pem"], ["--signature", "plain.ko.p7s"], ["--policy", "linux-modsign"],
                ["--layout", "modsign"], ["--allow-other-signers"], ["--user-keys", "tree"])],
            "--cert goes with --key": [["install", "--cert", "cert.pem", "--from", "tree", "--to", "out"]],
        }
        for words, commands in cases.items():
            for command in commands:
                self.refused(words, *command)

    def test_and_those_that_do_something(self):
        self.tool(0, "sign", "--replace", *SIGN, "modsign.ko")
        self.tool(0, "digest", "--layout", "modsign", "--cert", "cert.pem", "plain.ko")
        self.assertIn(b"PKCS#7", self.tool(0, "inspect", "--modinfo", "modsign.ko")[0])
        self.tool(0, "verify", "--trust-form", "content", "--trust", "cert.pem", "modsign.ko")
        self.assertIn("unsupported", self.tool(2, "digest", "--layout", "modsign", "--cert", f"{KEYS}/ed25519.cert.pem", "plain.ko")[1])

    def test_key_identifiers(self):
        for text in "zz", "0", "x", "00112233445566778", " 1", "0x", "-1", "":
            if text in ("0", ""):
                continue  # one digit is one; none is none said
            self.refused("hexadecimal digits", "sign", "--layout", "digsig", "--keyid", text, *SIGN, "plain.ko", "new.ko")
            self.refused("hexadecimal digits", "attach", "--layout", "digsig", "--cert", "cert.pem", "--keyid", text, "raw", "plain.ko", "new.ko")
            self.refused("hexadecimal digits", "attach", "--layout", "ima", "--cert", "cert.pem", "--keyid", text, "raw", "plain.ko", "new.ko")
            self.refused("hexadecimal digits", "digest", "--layout", "digsig", "--cert", "cert.pem", "--keyid", text, "plain.ko")
            self.refused("hexadecimal digits", "sign", "-s", "--layout", "digsig", "--keyid", text, "raw", "sha256", "cert.pem", "plain.ko", "new.ko")
        self.tool(0, "sign", "--layout", "digsig", "--keyid", "0", *SIGN, "plain.ko", "new.ko")

    def test_jobs(self):
        for text in "0", "-1", "10001", "99999999999999999999", "zz", "2x", "1.5", " 1", "0x10", "":
            for command in ["verify", "-j", text, "--trust", "cert.pem", "modsign.ko"], ["install", "--jobs", text, "--from", "tree", "--to", "out"]:
                self.refused("from 1 to 10000" if text else "", *command)
        for text in "1", "10000":
            self.tool(0, "verify", "-j", text, "--trust", "cert.pem", "modsign.ko")

    def test_the_time_of_the_build(self):
        for text in "", "x", "1.5", "-1", " 1", "1 ", "4294967296", "99999999999999999999", "0x10", "1344512043Z":
            for command in (["sign", "--layout", "digsig", *SIGN, "plain.ko", "new.ko"], ["sign", *SIGN, "plain.ko", "new.ko"], ["digest", "--layout", "digsig", "--cert", "cert.pem", "plain.ko"],
                            ["attach", "--cert", "cert.pem", "raw", "plain.ko", "new.ko"], ["install", "--type", "ecdsa-p256", "--from", "tree", "--to", "out"],
                            ["sign", "-s", "--layout", "digsig", "raw", "sha256", "cert.pem", "plain.ko", "new.ko"]):
                self.refused("SOURCE_DATE_EPOCH is \"", *command, SOURCE_DATE_EPOCH=text)
        for text in "0", "4294967295":
            self.tool(0, "sign", "--force", "--layout", "digsig", *SIGN, "plain.ko", "new.ko", SOURCE_DATE_EPOCH=text)

    def test_a_dash_is_standard_input_or_output_or_refused(self):
        """Never the file of that name, which is here."""
        write("-", b"a trap"), write("-.p7s", b"another"), write("-.sig", b"and one more")
        keys = [["--trust", "-"], ["--trust-for", "modsign", "-"], ["--revoked", "-"], ["--user-keys", "-"], ["--trust-kernel", "-"], ["--signature", "-"]]
        for more in keys:
            self.refused("- is no file here", "verify", *more, "modsign.ko")
            self.refused("- is no file here", "inspect", *more, "modsign.ko")
            self.refused("- is no file here", "load", "--dry-run", *more, "modsign.ko")
        for command in (["keys", "-"], ["genkey", "--config", "-"], ["genkey", "--force", "--out", "-"], ["load", "--dry-run", "--trust", "cert.pem", "-"], ["load", "--modules-dep", "-", "modsign.ko"],
                        ["install", "--from", "-", "--to", "out"], ["install", "--from", "tree", "--to", "-"], ["install", "--from", "tree", "--to", "out", "--debug-dir", "-"],
                        ["install", "--from", "tree", "--to", "out", "--key", "-"], ["install", "--from", "tree", "--to", "out", "--key", "key.pem", "--cert", "-"],
                        ["install", "--from", "tree", "--to", "out", "--public-key-out", "-"], ["digest", "--layout", "digsig", "--cert", "-", "plain.ko"],
                        ["attach", "--cert", "-", "raw", "plain.ko"], ["attach", "--cert", "cert.pem", "--signatures", "-", "plain.ko"]):
            self.refused("- is no file here", *command)
        for command in (["sign", "sha256", "-", "cert.pem", "plain.ko"], ["sign", "sha256", "key.pem", "-", "plain.ko"], ["sign", "-s", "-", "sha256", "cert.pem", "plain.ko"],
                        ["attach", "--cert", "cert.pem", "-", "plain.ko"], ["sign", *SIGN, "-"], ["sign", "-d", *SIGN, "-"], ["sign", "-p", *SIGN, "-", "new.ko"],
                        ["sign", "--layout", "digsig", "--sigfile", *SIGN, "-"], ["sign", "--layout", "ima", *SIGN, "-"], ["sign", "--layout", "ima", *SIGN, "plain.ko", "-"],
                        ["sign", "--layout", "evm", *SIGN, "-"], ["sign", "--layout", "fsverity", *SIGN, "-"], ["digest", "--layout", "evm", "-"],
                        ["attach", "--cert", "cert.pem", "raw", "-"], ["attach", "--layout", "ima", "--cert", "cert.pem", "raw", "plain.ko", "-"], ["strip", "-"]):
            self.refused("", *command, stdin=self.content if command[0] != "strip" else read("modsign.ko"))
        traps = read("-"), read("-.p7s"), read("-.sig")
        self.assertEqual(self.tool(0, "sign", *SIGN, "-", "-", stdin=self.content)[0], read("modsign.ko"))
        self.assertEqual(self.tool(0, "attach", "--cert", "cert.pem", "raw", "-", "-", stdin=self.content)[0], read("modsign.ko"))
        self.assertEqual(self.tool(0, "strip", "-", "-", stdin=read("modsign.ko"))[0], self.content)
        self.assertEqual(self.tool(0, "extract", "-", "-", stdin=read("modsign.ko"))[0], read("plain.ko.p7s"))
        self.assertEqual(self.tool(0, "digest", "-", stdin=self.content)[0], self.tool(0, "digest", "plain.ko")[0])
        self.assertEqual(self.tool(0, "verify", "--trust", "cert.pem", "-", stdin=read("modsign.ko"))[0][:2], b"-:")
        self.tool(0, "sign", "--layout", "ima", "--sigfile", *SIGN, "-", "new.sig", stdin=self.content)
        self.assertEqual((read("-"), read("-.p7s"), read("-.sig")), traps)


def main():
    global TOOL, KEYS
    TOOL, KEYS = (os.path.abspath(argument) for argument in sys.argv[1:3])
    return run_tests(sys.modules[__name__], sys.argv[3:])


if __name__ == "__main__":
    sys.exit(main())
