# SPDX-License-Identifier: BSL-1.0
"""Reads equivalent.txt: mutations that no test can notice, each with the reason in the indented lines below it. An entry whose
mutation does not exist any more, one without a reason, and one that a test notices after all are errors."""


class Equivalents:
    def __init__(self, path):
        self.path, self.reasons, self.numbers = path, {}, set()
        key = None
        with open(path, encoding="utf-8") as file:
            for line in file:
                if not line.strip() or line.startswith("#"):
                    continue
                if line[0] != " ":
                    key = line.strip()
                    if key in self.reasons:
                        raise SystemExit(f"{path}: twice: {key}")
                    self.reasons[key] = ""
                elif key is None:
                    raise SystemExit(f"{path}: a reason without its mutation: {line.strip()}")
                else:
                    self.reasons[key] += line.strip() + " "
        for key, reason in self.reasons.items():
            if not reason:
                raise SystemExit(f"{path}: no reason: {key}")

    def match(self, mutations):
        """Finds the mutations that are meant."""
        numbers = {mutation.key(): mutation.number for mutation in mutations}
        stale = [key for key in self.reasons if key not in numbers]
        if stale:
            raise SystemExit(f"{self.path}: there is no such mutation:\n" + "\n".join(stale))
        self.numbers = {numbers[key] for key in self.reasons}
