#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""What a booted Linux 7.3.4 says of ML-DSA, of version 3 of IMA's and EVM's signatures and of certificates (tests/data/linux73,
README.md there), and what the policies of Linux say: each row of the four tables. Arguments: the tool, the program `vouched`, the archive
of the cases."""
import os
import sys
import tarfile
import tempfile
import unittest

from harness import run, run_tests

TOOL = VOUCHED = ARCHIVE = ""
FULL, NO_WAIVER, NO_ML_DSA = "7.3,mldsa,waiver", "7.3,mldsa", "7.3"
counts = {"answers": 0}


def table(name):
    with open(name, encoding="utf-8") as f:
        head, *rows = [line.rstrip("\n").split("\t") for line in f]
    return [dict(zip(head, row)) for row in rows]


def answers(*arguments):
    """By path: the verdict in the kernel's words, and the errno."""
    lines = run(TOOL, *arguments, "--tsv").stdout.decode().splitlines()
    rows = [line.split("\t") for line in lines]
    return {row[0]: ("accepted" if row[1] in ("verified", "accepted", "tolerated") else "refused", row[3] if row[3] not in ("", "-") else "-") for row in rows}


class Answers(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        with tarfile.open(ARCHIVE) as archive:
            archive.extractall(cls.folder.name)
        os.chdir(cls.folder.name)

    @classmethod
    def tearDownClass(cls):
        os.chdir("/")
        cls.folder.cleanup()

    def compare(self, wanted, found):
        self.assertEqual(set(wanted), set(found))
        counts["answers"] += len(wanted)
        wrong = [f"{case}: {' '.join(found[case])}; the kernel: {' '.join(wanted[case])}" for case in wanted if found[case] != wanted[case]]
        if wrong:
            self.fail("\n".join([f"{len(wrong)} of {len(wanted)} differ", *wrong]))

    def modules(self, kernel, column, *more, policy="linux-modsign"):
        rows = table("modsign.tsv")
        paths = ["modsign/" + row["case"] for row in rows]
        found = answers("verify", "--policy", policy, "--kernel", kernel, "--trust", "trusted.pem", *more, *paths)
        error = {"signature": "errno"}.get(column, column + "_errno")
        if policy == "linux-modsign-relaxed":  # the errno of what is let in all the same is no answer of the kernel's
            found = {path: (verdict, "-" if verdict == "accepted" else errno) for path, (verdict, errno) in found.items()}
        self.compare({path: (row[column], row[error]) for path, row in zip(paths, rows)}, found)

    def test_modules(self):
        self.modules(FULL, "signature")

    def test_modules_without_the_waiver(self):
        self.modules(NO_WAIVER, "nowaive")

    def test_modules_without_ml_dsa(self):
        self.modules(NO_ML_DSA, "nomldsa")

    def test_modules_not_enforced(self):
        self.modules(FULL, "relaxed", policy="linux-modsign-relaxed")

    def beside(self, name, kernel, columns, file_of, *more):
        rows, wanted, found = table(name), {}, {}
        for row in rows:
            content, signature = file_of(row["case"])
            one = answers("verify", "--policy", "linux-ima", "--kernel", kernel, "--trust", name[:3] + "/certs" if name.startswith("ima") else "ima/certs",
                          "--signature", signature, *more, content)
            (found[row["case"]],) = one.values()
            wanted[row["case"]] = tuple({"ENOTSUP": "EOPNOTSUPP"}.get(row[column], row[column]) for column in columns)  # one number, two names
            if wanted[row["case"]] == ("refused", "-"):  # before the signature was looked at: the kernel has no errno for it
                wanted[row["case"]] = ("refused", found[row["case"]][1])
        self.compare(wanted, found)

    @staticmethod
    def ima(case):
        return f"ima/files/{case}", f"ima/files/{case}.ima"

    @staticmethod
    def evm(case):
        return f"evm/data/{case}", f"evm/files/{case}.evm"

    def test_ima(self):
        self.beside("ima.tsv", FULL, ("verdict", "inner"), self.ima)

    def test_ima_where_the_rule_says_sigv3(self):
        self.beside("ima.tsv", FULL, ("sigv3", "sigv3_errno"), self.ima, "--appraise-type", "sigv3")

    def test_ima_without_ml_dsa(self):
        self.beside("ima.tsv", NO_ML_DSA, ("nomldsa", "nomldsa_errno"), self.ima)

    def test_evm(self):
        self.beside("evm.tsv", FULL, ("verdict", "inner"), self.evm, "--layout", "evm")

    def test_evm_where_only_version_3_is_wanted(self):
        self.beside("evm.tsv", FULL, ("sigv3", "sigv3_errno"), self.evm, "--layout", "evm", "--appraise-type", "sigv3")

    def certificates(self, kernel, columns):
        rows = table("x509.tsv")
        paths = [f"x509/certs/{row['case']}.der" for row in rows]
        found = answers("keys", "--policy", "linux-modsign", "--kernel", kernel, *paths)
        self.compare({path: tuple(row[column] for column in columns) for path, row in zip(paths, rows)}, found)

    def test_certificates(self):
        self.certificates(FULL, ("verdict", "errno"))

    def test_certificates_without_ml_dsa(self):
        self.certificates(NO_ML_DSA, ("nomldsa", "nomldsa_errno"))

    def test_certificates_for_the_secondary_keyring(self):
        rows = table("x509.tsv")
        paths = [f"x509/certs/{row['case']}.der" for row in rows]
        lines = [line.split("\t") for line in run(VOUCHED, "7.3", "trusted.pem", *paths).stdout.decode().splitlines()]
        self.compare({path: (row["secondary"], row["secondary_errno"]) for path, row in zip(paths, rows)}, {path: (verdict, errno) for path, verdict, errno in lines})


if __name__ == "__main__":
    TOOL, VOUCHED, ARCHIVE = (os.path.abspath(path) for path in sys.argv[1:4])
    sys.exit(run_tests(sys.modules[__name__], sys.argv[4:], remark=lambda: "; " + ", ".join(f"{n} {what}" for what, n in counts.items())))
