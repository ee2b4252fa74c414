#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""What the READMEs say: their shell commands run, their links and paths lead somewhere, their program and picture are those of the
tree. run.py TOOL ROOT CORPUS [TEST...]"""
import os
import re
import shutil
import sys
import tempfile
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "examples"))
import kernels
import picture
from harness import must, read, run, run_tests, write
from page import blocks, commands, table_rows, without_blocks

TOOL = ROOT = CORPUS = ""
FOLDERS = "", "include/modsig", "examples", "examples/c-library", "examples/modsig", "examples/python", "examples/tutorial", "tests", "bench"
RELEASE = "6.1.0-1-amd64"
counts = {"commands": 0, "links": 0, "paths": 0}


def text_of(*path):
    return read(os.path.join(ROOT, *path)).decode()


def readme(folder):
    return text_of(folder, "README.md")


class Words(unittest.TestCase):
    def test_every_folder_that_should_have_a_readme_has_one_and_no_other(self):
        found = []
        for folder, folders, names in os.walk(ROOT):
            folders[:] = [name for name in folders if not name.startswith(("build", ".")) and os.path.join(folder, name) != os.path.join(ROOT, "tests/data")]
            if "README.md" in names:
                found.append(os.path.relpath(folder, ROOT).replace(".", "", 1) if folder == ROOT else os.path.relpath(folder, ROOT))
        self.assertEqual(sorted(found), sorted(FOLDERS))

    def test_the_first_readme_is_read_in_a_minute(self):
        lines = readme("").splitlines()
        self.assertLessEqual(len(lines), 120)
        self.assertEqual([line for line in lines if len(line) > 100], [])

    def test_links_lead_somewhere(self):
        for folder in FOLDERS:
            for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", without_blocks(readme(folder))):
                if target.startswith("https://"):
                    continue
                counts["links"] += 1
                self.assertTrue(os.path.exists(os.path.join(ROOT, folder, target)), f"{folder}/README.md: {target}")

    def test_paths_are_there(self):
        tops = tuple(name + "/" for name in ("include", "examples", "tests", "bench", ".github", ".ci"))
        for folder in FOLDERS:
            for span in re.findall(r"`([^`\n]+)`", without_blocks(readme(folder))):
                word = span.split()[0]
                beside = re.fullmatch(r"(?!.*NAME)[\w-]+(/[\w.-]+)*(/|\.hpp)", word) and folder == "include/modsig"
                if not word.startswith(tops) and not beside:
                    continue
                counts["paths"] += 1
                places = [os.path.join(ROOT, word)] + ([os.path.join(ROOT, folder, word)] if beside else [])
                self.assertTrue(any(os.path.exists(place) for place in places), f"{folder}/README.md: {word}")

    def test_the_program_is_the_one_that_is_built(self):
        shown = blocks(readme(""), "cpp")
        self.assertEqual(len(shown), 1)
        self.assertEqual(shown[0].strip(), text_of("examples/minimal.cpp").split("\n", 2)[2].strip())

    def test_the_picture_is_that_of_its_text(self):
        self.assertEqual(text_of("include/modsig/one_file.svg"), picture.draw(text_of("include/modsig/one_file.txt")))

    def test_the_exit_statuses_are_those_of_the_tool(self):
        values = re.findall(r"^    \w+ = (\d+),", text_of("examples/modsig/exit_status.hpp"), re.M)
        section = readme("").split("\n## Verdicts\n")[1].split("\n## ")[0]
        self.assertEqual(sorted(re.findall(r"\| (\d+) (?=\|)", section)), values)
        self.assertEqual(len(values), 8)

    def test_the_two_commands_are_those_of_ci(self):
        commands = [line.split("#")[0].strip() for line in blocks(readme(""), "sh")[0].splitlines()]
        self.assertEqual(commands, ["examples/quickstart.sh", "tests/run.sh"])
        for command in commands:
            self.assertIn(f"bash {command}", text_of(".ci/run"))
            self.assertTrue(os.access(os.path.join(ROOT, command), os.X_OK))


class Commands(unittest.TestCase):
    """Each in a folder with what the text speaks of: driver.ko and app.bin, which nobody has signed, a BPF program, and a built tree."""

    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="modsig-documents-")
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        os.chdir(self.folder)
        write("driver.c", b'__attribute__((section(".modinfo"), used)) static const char license[] = "license=GPL";\n')
        must("cc", "-c", "-g", "driver.c", "-o", "driver.ko")
        write("app.bin", bytes(range(256)) * 20)
        write("app", bytes(range(255, -1, -1)) * 20)
        tree = f"build/lib/modules/{RELEASE}"
        os.makedirs(tree)
        for name in "driver.ko", "other.ko":
            shutil.copy("driver.ko", f"{tree}/{name}")
        self.make_system()
        shutil.copy(os.path.join(ROOT, "tests/data/bpf/rsa2048-7.2.h"), "prog.lskel.h")
        shutil.copy(os.path.join(ROOT, "tests/data/corpus/keys/rsa2048.cert.der"), "prog.x509")
        os.mkdir("bin")
        os.symlink(TOOL, "bin/modsig")
        os.symlink(os.path.join(ROOT, "examples"), "examples")

    def make_system(self):
        """A system whose kernel has a certificate built in, and a module that is signed with its key."""
        kernels.CORPUS = CORPUS
        modules = f"system/usr/lib/modules/{RELEASE}/kernel"
        os.makedirs(modules)
        os.makedirs("system/boot")
        write(f"system/boot/vmlinuz-{RELEASE}", kernels.kernel_with("rsa2048.cert.der"))
        shutil.copy(os.path.join(CORPUS, "modsign/small.rsa2048.sha256.issuer.ko"), modules)

    def shell(self, command, status=0, words=""):
        """In this folder; the system that the text means by / is below it."""
        system = os.path.join(self.folder, "system")
        here = command.replace("$(uname -r)", RELEASE).replace("--release", f"--root {system} --release").replace("/boot/", f"{system}/boot/")
        done = run("bash", "-euo", "pipefail", "-c", here, cwd=self.folder, PATH=os.path.join(self.folder, "bin") + ":" + os.environ["PATH"])
        counts["commands"] += 1
        output = (done.stdout + done.stderr).decode()
        self.assertEqual(done.returncode, status, f"{command}\n{output}")
        self.assertIn(words, output)

    def test_shell_blocks(self):
        for folder in FOLDERS:
            if folder == "examples/tutorial":
                continue  # tutorial.py
            for block in blocks(readme(folder), "sh")[1 if folder == "" else 0:]:
                for line in commands(block):
                    with self.subTest(folder=folder, line=line[0]):
                        self.shell(*line)

    def test_habits_have_a_command(self):
        rows = table_rows(readme("examples/modsig"), "Coming from another tool")
        commands = 0
        for _, cell in rows:
            for span in re.findall(r"`([^`]+)`", cell):
                if re.match(r"(modsig \w+ .|python3 )", span):
                    commands += 1
                    with self.subTest(command=span):
                        self.shell(span)
        self.assertGreater(commands, 15)


    def test_examples_of_help(self):
        lines = [line.split("\t") for line in must(TOOL, "--describe").decode().splitlines()]
        examples = [line[1] for line in lines if line[0] == "example"]
        # They are typed in the order of the table, which is another one than that of the commands.
        table = re.findall(r'^    \{"[\w-]+", "(modsig .*)"\},$', text_of("examples/modsig/examples.hpp"), re.M)
        self.assertEqual(sorted(examples), sorted(table))
        for line in table:
            with self.subTest(line=line):
                self.shell(line)
                self.assertIn(line, must(TOOL, line.split()[1], "--help").decode())
        self.assertEqual({line.split()[1] for line in table}, {line[1] for line in lines if line[0] == "command"}, "commands with an example")


class Pages(unittest.TestCase):
    """Manual pages and completions, which are made of what the tool says about itself."""

    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp(prefix="modsig-pages-")
        cls.addClassCleanup(shutil.rmtree, cls.folder, ignore_errors=True)
        must(sys.executable, os.path.join(ROOT, "examples/packaging/pages.py"), TOOL, cls.folder)
        cls.lines = [line.split("\t") for line in must(TOOL, "--describe").decode().splitlines()]
        cls.commands = [line[1] for line in cls.lines if line[0] == "command"]

    def page(self, name):
        return read(os.path.join(self.folder, name)).decode()

    def test_each_command_has_a_page_with_its_options(self):
        built = re.search(r"^tool_commands = \[(.*)\]$", text_of("examples/packaging/meson.build"), re.M)[1]
        self.assertEqual(re.findall(r"'([\w-]+)'", built), sorted(self.commands))
        self.assertEqual(sorted(name for name in os.listdir(self.folder) if name.endswith(".1")), sorted(["modsig.1"] + [f"modsig-{name}.1" for name in self.commands]))
        command = ""
        for kind, *fields in self.lines:
            if kind == "command":
                command = fields[0]
                self.assertIn("modsig\\-" + command.replace("-", "\\-"), self.page("modsig.1"))
            elif kind in ("option", "flag"):
                for name in fields[0].split(","):
                    self.assertIn(name.replace("-", "\\-"), self.page(f"modsig-{command}.1"), command)

    @unittest.skipUnless(shutil.which("groff"), "no groff here (package groff-base)")
    def test_pages_have_no_faults(self):
        for name in sorted(os.listdir(self.folder)):
            if name.endswith(".1"):
                done = run("groff", "-man", "-Tutf8", "-wall", "-z", os.path.join(self.folder, name))
                self.assertEqual((done.returncode, done.stderr), (0, b""), name)

    def completed(self, *words):
        """What bash offers for the last of these words."""
        script = f"source {self.folder}/modsig; COMP_WORDS=(modsig \"$@\"); COMP_CWORD=$#; _modsig; printf '%s\\n' \"${{COMPREPLY[@]}}\""
        return must("bash", "-c", script, "bash", *words, cwd=ROOT).decode().split()

    def test_bash_completes(self):
        self.assertEqual(sorted(self.completed("")), sorted(self.commands + ["--help", "--version"]))
        self.assertEqual(self.completed("ver"), ["verify"])
        self.assertEqual(self.completed("verify", "--pol"), ["--policy"])
        self.assertEqual(self.completed("verify", "--policy", "str"), ["strict"])
        self.assertIn("linux-ima", self.completed("verify", "--policy", ""))
        self.assertEqual(sorted(self.completed("verify", "--layout", "m")), ["mcuboot", "modsign"])
        self.assertEqual(self.completed("genkey", "--type", "rsa"), ["rsa4096", "rsa2048"])
        self.assertEqual(self.completed("verify", "--trust", "meson.b"), ["meson.build"])
        self.assertEqual(self.completed("verify", "meson.b"), ["meson.build"])
        self.assertEqual(self.completed("verify", "--threshold", ""), [])

    def test_other_shells_read_their_completions(self):
        for shell, name in ("zsh", "_modsig"), ("fish", "modsig.fish"):
            if shutil.which(shell):
                self.assertEqual(run(shell, "-n", os.path.join(self.folder, name)).stderr, b"", shell)
        for name in "_modsig", "modsig.fish":
            self.assertTrue(all(command in self.page(name) for command in self.commands))


def main():
    global TOOL, ROOT, CORPUS
    TOOL, ROOT, CORPUS = map(os.path.abspath, sys.argv[1:4])
    return run_tests(sys.modules[__name__], sys.argv[4:], remark=lambda: "; " + ", ".join(f"{count} {what}" for what, count in counts.items()))


if __name__ == "__main__":
    sys.exit(main())
