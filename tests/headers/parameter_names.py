#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""Parameters of functions and lambdas are named by nouns, not by pronouns and particles. parameter_names.py FOLDER..."""
import os
import re
import sys

# A comment, a string or a character; the apostrophe in 1'000 begins none.
NO_CODE = re.compile(r'R"(\w*)\(.*?\)\1"|//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|(?<!\w)\'(?:\\.|[^\'\\\n])+\'', re.DOTALL)
NAME = re.compile(r"(?<!\w)(how|what|with|by|again|said)(?=\s*(?:[,)=]|\[\]))")
# A declared name stands behind a type, perhaps with *, & or the like; a name in an expression behind a bracket, a comma, a keyword or
# an operator, which has a space on both sides where it has two operands.
TYPE = re.compile(r"[\w>)](?:\s*(?:::)?(?:[*&]+(?:\.\.\.)?|\.\.\.)\s*|\s+)(?:const\s+)?$")
NO_TYPE = re.compile(r"(?<!\w)(?:return|co_return|throw|case|else|new|delete|not|and|or|sizeof)\s*$|\s[*&>]+\s$")
STATEMENT = re.compile(r"(?<!\w)(?:if|for|while|switch|catch)\s*$")


def without_comments(text):
    """The same lines, with spaces where comments and strings were."""
    return NO_CODE.sub(lambda found: re.sub(r"[^\n]", " ", found[0]), text)


def parameters(text):
    """(line, name) of each parameter with one of the names: declared in round brackets that belong to no statement."""
    code = without_comments(text)
    open_at, position = [], 0
    for found in NAME.finditer(code):
        for i in range(position, found.start()):
            if code[i] in "([{":
                open_at.append(i)
            elif code[i] in ")]}" and open_at:
                open_at.pop()
        position = found.start()
        if not open_at or code[open_at[-1]] != "(" or STATEMENT.search(code[max(0, open_at[-1] - 12):open_at[-1]]):
            continue
        before = code[open_at[-1] + 1:position]
        if TYPE.search(before) and not NO_TYPE.search(before):
            yield code.count("\n", 0, position) + 1, found[1]


BAD = ["int f(int how);", "void f(const signing& what, int n) {}", "auto g = [&](auto by) {};", "void f(const char *with = nullptr);",
       "double h(int n, double pair::*what);", "template <class... T> void f(T&&... said);", "R (*f)(const S& s,\n  const T* const again);",
       "int f(int (*call)(int n), std::span<int> with  // how\n);", "void f(std::size_t how[]);"]
GOOD = ["int f(int format);", "f(a.by, what, how);", "return g(x * how);", "void f(int n);  // int how)", 'f("int how)");',
        "if (const auto how = f(1)) {}", "f(n > how, a->what);", "for (const auto how : all) {}", "const signing what{f(1), by};",
        "f(a && how, n & what);", "f(static_cast<int>(how));", "f(*how, &what, !by);", "f(1'000, 'a', how);",
        "f([&](int n) { return how; }, n);", "f(x == 1 ? y : how);", "const auto how(2);", "void how(int n);"]
seen_bad = [line for line in BAD if list(parameters(line))]
seen_good = [line for line in GOOD if list(parameters(line))]
if seen_bad != BAD or seen_good:
    print("not found:", [line for line in BAD if line not in seen_bad], "found:", seen_good)
    sys.exit(1)

wrong, count = [], 0
for root in sys.argv[1:]:
    in_root = 0
    for folder, _, names in os.walk(root):
        for name in sorted(names):
            if name.endswith((".hpp", ".cpp")):
                path = os.path.join(folder, name)
                in_root += 1
                with open(path, encoding="utf-8") as file:
                    wrong += [f"{path}:{line}: the parameter `{word}`: a noun says what it is" for line, word in parameters(file.read())]
    count += in_root
    if in_root < 10:
        wrong.append(f"{root}: only {in_root} sources")
print("\n".join(wrong) if wrong else f"{count} sources name their parameters")
sys.exit(1 if wrong or count < 100 else 0)
