#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""What `modsig verify` prints for programs: JSON Lines as the published schema says, SARIF 2.1.0, JUnit's XML; about files of every
verdict, names that no program expects, and runs in which nothing could be judged. machine_output.py TOOL SCHEMA KEYS [TEST...]"""
import json
import os
import shutil
import subprocess
import sys
import tempfile
import unittest
import urllib.parse
import xml.etree.ElementTree

from harness import must, read, run, run_tests, write

TOOL = SCHEMA = KEYS = ""
# With the interpreter that Debian's packages are for; another one may come first in PATH.
PYTHON = "/usr/bin/python3"
VALIDATE = """
import json, sys, jsonschema
schema = json.load(open(sys.argv[1]))
jsonschema.Draft202012Validator.check_schema(schema)
validator = jsonschema.Draft202012Validator(schema)
wrong = [f"{line}{error.message}" for line in sys.stdin for error in validator.iter_errors(json.loads(line))]
print("\\n".join(wrong))
sys.exit(bool(wrong))
"""
ODD_NAMES = [b"plain.ko", b"space and #%&<>\"'.ko", b"umlaut-\xc3\xa4.ko", b"no-utf8-\xff.ko", b"tab\tand\nline.ko", b"not-a-character-\xef\xbf\xbf.ko"]


def has_jsonschema():
    return os.path.exists(PYTHON) and subprocess.run([PYTHON, "-c", "import jsonschema; jsonschema.Draft202012Validator"], capture_output=True, check=False).returncode == 0


class Output(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp(prefix="modsig-output-")
        cls.addClassCleanup(shutil.rmtree, cls.folder, ignore_errors=True)
        os.chdir(cls.folder)
        cls.key, cls.cert = os.path.join(KEYS, "rsa2048.key.pem"), os.path.join(KEYS, "rsa2048.cert.pem")
        write("unsigned.ko", bytes(range(256)) * 16)
        must(TOOL, "sign", "sha256", cls.key, cls.cert, "unsigned.ko", "signed.ko")
        os.mkdir("tree")
        for name in ODD_NAMES:
            shutil.copy("signed.ko", os.path.join(b"tree", name))
        shutil.copy("unsigned.ko", "tree/z-unsigned.ko")
        changed = bytearray(read("signed.ko"))
        changed[100] ^= 1
        write("tree/z-changed.ko", changed)
        write("tree/z-malformed.ko", read("signed.ko")[:-60] + read("signed.ko")[-40:])
        os.symlink("nowhere", "tree/z-missing.ko")
        cls.count = len(ODD_NAMES) + 4

    def setUp(self):
        os.chdir(self.folder)

    def verify(self, form, *arguments, policy="strict", trust=True):
        trusted = ["--trust", self.cert] if trust else []
        return run(TOOL, "verify", form, "--policy", policy, *trusted, *arguments)

    def lines(self, *arguments, **more):
        done = self.verify("--json", *arguments, **more)
        lines = [json.loads(line) for line in done.stdout.splitlines()]
        self.assertEqual([line.get("summary", False) for line in lines], [False] * (len(lines) - 1) + [True])
        self.assertEqual(lines[-1]["exit_status"], done.returncode)
        self.assertEqual(lines[-1]["files"], len(lines) - 1)
        return done, lines

    RUNS = [(("tree",), {}), (("tree",), {"policy": "permissive"}), (("tree",), {"policy": "linux-modsign"}), (("missing",), {}), (("signed.ko",), {"trust": False}),
            (("--trust", "missing.pem", "signed.ko"), {}), (("--layout", "none", "signed.ko"), {}), (("--signature", "a", "tree"), {})]

    @unittest.skipUnless(has_jsonschema(), "no jsonschema here (package python3-jsonschema)")
    def test_json_lines_are_as_the_schema_says(self):
        text = b"".join(self.verify("--json", *arguments, **more).stdout for arguments, more in self.RUNS)
        verdicts = {json.loads(line).get("verdict") for line in text.splitlines()}
        self.assertEqual(verdicts, {"verified", "tolerated", "rejected", None})
        done = subprocess.run([PYTHON, "-c", VALIDATE, SCHEMA], input=text, capture_output=True, check=False)
        self.assertEqual(done.returncode, 0, done.stdout.decode() + done.stderr.decode())
        for wrong in b'{"path": "x", "verdict": "good"}\n', b'{"summary": true}\n', b'[]\n', text.splitlines()[0].replace(b'"errc"', b'"errk"') + b"\n":
            self.assertEqual(subprocess.run([PYTHON, "-c", VALIDATE, SCHEMA], input=wrong, capture_output=True, check=False).returncode, 1, wrong)

    def test_the_summary_ends_every_run(self):
        for arguments, more in self.RUNS:
            self.lines(*arguments, **more)

    def sarif(self, *arguments, **more):
        done = self.verify("--sarif", *arguments, **more)
        log = json.loads(done.stdout)
        self.assertEqual((log["version"], len(log["runs"])), ("2.1.0", 1))
        only = log["runs"][0]
        self.assertEqual(only["invocations"], [{"executionSuccessful": done.returncode not in (2, 7), "exitCode": done.returncode}])
        rules = [rule["id"] for rule in only["tool"]["driver"]["rules"]]
        self.assertEqual(len(set(rules)), len(rules))
        for result in only["results"]:
            self.assertIn(result["ruleId"], rules)
            # Section 3.27.10: a level but "none" is for what fails.
            self.assertIn((result["kind"], result["level"]), (("pass", "none"), ("review", "none"), ("fail", "error")))
            self.assertRegex(result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"], r"^(file:///)?([A-Za-z0-9._~/-]|%[0-9A-F]{2})+$")
        return done, only

    def test_sarif(self):
        done, only = self.sarif("tree")
        self.assertEqual(done.returncode, 1)
        self.assertEqual(len(only["results"]), self.count)
        _, lines = self.lines("tree")
        kinds = {"pass": "verified", "review": "tolerated", "fail": "rejected"}
        for result, line in zip(only["results"], lines):
            self.assertEqual((kinds[result["kind"]], result["ruleId"]), (line["verdict"], line["errc"] or "verified"))
            self.assertEqual(result["properties"]["path"], line["path"])
            region = result["locations"][0]["physicalLocation"].get("region", {}).get("byteOffset")
            self.assertEqual(region, line["offset"] if line["errc"] != "io_error" else None)
        uris = {urllib.parse.unquote_to_bytes(result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]) for result in only["results"]}
        self.assertLessEqual({b"tree/" + name for name in ODD_NAMES}, uris)
        absolute = self.sarif(os.path.join(self.folder, "signed.ko"))[1]["results"][0]
        self.assertEqual(absolute["locations"][0]["physicalLocation"]["artifactLocation"]["uri"], f"file://{self.folder}/signed.ko")

    def test_sarif_of_runs_that_fail(self):
        for arguments, more in self.RUNS:
            self.sarif(*arguments, **more)
        self.assertIn("review", {result["kind"] for result in self.sarif("tree", policy="permissive")[1]["results"]})

    def junit(self, *arguments, **more):
        done = self.verify("--junit", *arguments, **more)
        suites = xml.etree.ElementTree.fromstring(done.stdout)
        self.assertEqual((suites.tag, [suite.tag for suite in suites]), ("testsuites", ["testsuite"]))
        cases = list(suites[0])
        for counted in suites, suites[0]:
            self.assertEqual(int(counted.get("tests")), len(cases))
            for element, count in ("failure", "failures"), ("error", "errors"), ("skipped", "skipped"):
                self.assertEqual(int(counted.get(count)), sum(case.find(element) is not None for case in cases))
        well = all(case.find("failure") is None and case.find("error") is None for case in cases)
        self.assertEqual(well and bool(cases), done.returncode == 0)
        return done, cases

    def test_junit(self):
        done, cases = self.junit("tree")
        self.assertEqual((done.returncode, len(cases)), (1, self.count))
        _, lines = self.lines("tree")
        for case, line in zip(cases, lines):
            found = [child.get("type") for child in case]
            self.assertEqual(found, [line["errc"]] if line["errc"] else [])
            self.assertEqual(case.find("error") is not None, line["errc"] == "io_error")
        names = [case.get("name") for case in cases]
        self.assertEqual(len(set(names)), self.count)
        self.assertIn("tree/umlaut-\u00e4.ko", names)
        self.assertIn("tree/no-utf8-\\xff.ko", names)

    def test_junit_of_runs_that_fail(self):
        for arguments, more in self.RUNS:
            self.junit(*arguments, **more)
        _, cases = self.junit("tree", policy="permissive")
        self.assertTrue(any(case.find("skipped") is not None for case in cases))

    def test_forms_exclude_each_other(self):
        forms = ["--json", "--tsv", "--sarif", "--junit", "--quiet"]
        for i, one in enumerate(forms):
            for other in forms[i + 1:]:
                self.assertEqual(self.verify(one, other, "signed.ko").returncode, 2, (one, other))


if __name__ == "__main__":
    TOOL, SCHEMA, KEYS = map(os.path.abspath, sys.argv[1:4])
    sys.exit(run_tests(sys.modules[__name__], sys.argv[4:]))
