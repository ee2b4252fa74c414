# SPDX-License-Identifier: BSL-1.0
"""Finds what can be mutated, in the syntax tree that clang makes of the headers.

A mutation is a pair of texts around a range of the source, so that all of them stand in one program; each is made while the number
of its `::mutants::on<N>()` is chosen. What follows a range in the original, it follows in the rewritten source."""
import bisect
import os
import random
import zlib

from clang import cindex

K = cindex.CursorKind
FUNCTIONS = {K.FUNCTION_DECL, K.CXX_METHOD, K.FUNCTION_TEMPLATE, K.CONSTRUCTOR, K.CONVERSION_FUNCTION, K.DESTRUCTOR}
LOOPS = {K.FOR_STMT, K.WHILE_STMT, K.CXX_FOR_RANGE_STMT}
BOUNDS = {"<": "<=", "<=": "<", ">": ">=", ">=": ">"}
EQUALITY = {"==": "!=", "!=": "=="}
LOGIC = {"&&": "||", "||": "&&"}
INTEGERS = {getattr(cindex.TypeKind, name) for name in "INT UINT LONG ULONG LONGLONG ULONGLONG SHORT USHORT UCHAR SCHAR CHAR_S".split()}


class Mutation:
    """`before` and `after` stand around the source's range; `mutated` is what a reader sees in the place of `original`."""

    def __init__(self, source, kind, start, end, function, original, mutated, before, after=""):
        self.source, self.kind, self.start, self.end, self.function = source, kind, start, end, function
        self.original, self.mutated = " ".join(original.split()), " ".join(mutated.split())
        self.before, self.after = before, after
        self.number = self.occurrence = None

    @property
    def line(self):
        return self.source.line(self.start)

    def key(self):
        """What stays the same while other lines of the file change."""
        again = f" #{self.occurrence}" if self.occurrence > 1 else ""
        return f"{self.source.path}: {self.function}: {self.kind}{again}: `{self.original}` -> `{self.mutated}`"


class Source:
    def __init__(self, root, path):
        self.path = path
        with open(os.path.join(root, path), "rb") as file:
            self.bytes = file.read()
        self.starts = [0] + [i + 1 for i, byte in enumerate(self.bytes) if byte == 10]

    def line(self, offset):
        return bisect.bisect_right(self.starts, offset)

    def text(self, start, end):
        return self.bytes[start:end].decode()

    def before(self, offset):
        """The last character before this offset that is no space."""
        return self.bytes[:offset].rstrip()[-1:].decode()

    def after(self, offset):
        return self.bytes[offset:offset + 200].lstrip()[:1].decode()


def shortened(text):
    text = " ".join(text.split())
    return text if len(text) <= 120 else text[:117] + "..."


class Finder:
    """Walks one translation unit. `sources` are those whose code is mutated, by their absolute path."""

    def __init__(self, sources, errors):
        self.sources, self.errors, self.found, self.seen = sources, errors, [], set()

    def add(self, source, kind, start, end, function, original, mutated, before, after=""):
        if (kind, start, end, mutated, source.path) in self.seen:
            return
        self.seen.add((kind, start, end, mutated, source.path))
        self.found.append(Mutation(source, kind, start, end, function, shortened(original), shortened(mutated), before, after))

    def wrap(self, source, kind, start, end, function, mutated, shown=None):
        """The mutated text in the place of the range."""
        original = source.text(start, end)
        if "\n#" not in original:
            self.add(source, kind, start, end, function, original, shown or mutated, "(ON ? (" + mutated + ") : (", "))")

    def walk(self, cursor, function=""):
        for child in cursor.get_children():
            location = child.location
            if cursor.kind == K.TRANSLATION_UNIT:
                if location.file is None or location.file.name not in self.sources:
                    continue
            try:
                kind = child.kind
            except ValueError:  # of a later clang than these bindings
                continue
            source = self.sources.get(location.file.name) if location.file else None
            name = function
            if kind in FUNCTIONS or kind in (K.CLASS_DECL, K.STRUCT_DECL, K.CLASS_TEMPLATE):
                own = child.spelling.split("<")[0]
                name = (function + "::" if function else "") + own
            if source is None or self.is_constant(source, child, kind):
                continue
            self.visit(source, child, kind, cursor, name)
            self.walk(child, name)

    @staticmethod
    def is_constant(source, cursor, kind):
        """What the compiler computes, and no run-time choice can change."""
        if kind in (K.STATIC_ASSERT, K.ENUM_CONSTANT_DECL):
            return True
        head = source.text(cursor.extent.start.offset, cursor.location.offset)
        return kind in FUNCTIONS and "consteval" in head or kind == K.VAR_DECL and "constexpr" in head

    def visit(self, source, cursor, kind, parent, function):
        start, end = cursor.extent.start.offset, cursor.extent.end.offset
        if start >= end or end > len(source.bytes):
            return
        if kind in FUNCTIONS:
            self.returns(source, cursor, function)
        elif kind == K.IF_STMT:
            self.branch(source, cursor, function)
        elif kind == K.CONDITIONAL_OPERATOR:
            condition = next(cursor.get_children(), None)
            if condition is not None:
                self.negated(source, condition, function)
        elif kind == K.BINARY_OPERATOR:
            self.operator(source, cursor, parent, function)
        elif kind in LOOPS:
            self.loop(source, cursor, function)
        elif kind == K.INTEGER_LITERAL or kind == K.CHARACTER_LITERAL:
            self.literal(source, start, end, function)
        elif kind == K.CXX_BOOL_LITERAL_EXPR:
            text = source.text(start, end)
            if text in ("true", "false"):
                self.wrap(source, "constant", start, end, function, "false" if text == "true" else "true")
        elif kind == K.DECL_REF_EXPR:
            self.reference(source, cursor, function, start, end)
        self.statement(source, cursor, parent, function)

    # ---- conditions ------------------------------------------------------------------------------------------------

    def negated(self, source, condition, function):
        start, end = condition.extent.start.offset, condition.extent.end.offset
        text = source.text(start, end)
        if start < end:
            self.add(source, "condition", start, end, function, text, f"!({text})", "(ON != static_cast<bool>(", "))")

    def branch(self, source, cursor, function):
        start = cursor.extent.start.offset
        head = source.bytes[start:].split(b"(", 1)[0]
        if b"constexpr" in head or b"consteval" in head:
            return
        children = sorted(cursor.get_children(), key=lambda c: c.extent.start.offset)
        for child in children:
            begin, end = child.extent.start.offset, child.extent.end.offset
            if child.kind.is_expression() and source.after(end) == ")" and source.before(begin) in ("(", ";"):
                self.negated(source, child, function)
                text = source.text(begin, end)
                self.add(source, "condition", begin, end, function, text, "false", "(!ON && (", "))")
                return

    def operator(self, source, cursor, parent, function):
        sides = list(cursor.get_children())
        if len(sides) != 2:
            return
        start, end = cursor.extent.start.offset, cursor.extent.end.offset
        left, right = sides[0].extent.end.offset, sides[1].extent.start.offset
        sign = source.text(left, right).strip()
        if sign == ",":
            begin = sides[0].extent.start.offset
            if self.bare(sides[0]).kind == K.CALL_EXPR:
                self.removed(source, begin, left, function)
            return
        for kind, others in ("bound", BOUNDS), ("condition", EQUALITY), ("logic", LOGIC):
            if sign in others and not (kind == "condition" and parent.kind in (K.IF_STMT, K.CONDITIONAL_OPERATOR)):
                sides = source.text(start, left), source.text(right, end)
                self.wrap(source, kind, start, end, function, f"({sides[0]}) {others[sign]} ({sides[1]})", f" {others[sign]} ".join(sides))

    # ---- values ----------------------------------------------------------------------------------------------------

    def literal(self, source, start, end, function):
        text = source.text(start, end)
        if not text.replace("'", "").isalnum() and not text.startswith("'") and not text.isidentifier():
            return
        for sign in "+-":
            if text not in ("0", "0U", "0u") or sign == "+":
                self.wrap(source, "constant", start, end, function, f"{text} {sign} 1")

    def reference(self, source, cursor, function, start, end):
        target = cursor.referenced
        if target is None:
            return
        text = source.text(start, end)
        if target.kind == K.ENUM_CONSTANT_DECL:
            if target.semantic_parent.spelling == "errc" and text.endswith(target.spelling):
                chance = random.Random(zlib.crc32(f"{source.path}{text}{start}".encode()))
                other = chance.choice([code for code in self.errors if code != target.spelling])
                self.wrap(source, "error code", start, end, function, f"::modsig::errc::{other}", f"errc::{other}")
        elif target.kind == K.VAR_DECL and target.type.get_canonical().kind in INTEGERS and target.type.is_const_qualified():
            declared = target.location.file and self.sources.get(target.location.file.name)
            if declared and "constexpr" in declared.text(target.extent.start.offset, target.location.offset):
                for sign in "+-":
                    self.wrap(source, "constant", start, end, function, f"static_cast<decltype({text})>({text} {sign} 1)", f"{text} {sign} 1")

    # ---- statements ------------------------------------------------------------------------------------------------

    @staticmethod
    def bare(cursor):
        """Without what clang adds and parentheses."""
        while cursor.kind in (K.UNEXPOSED_EXPR, K.PAREN_EXPR):
            inner = list(cursor.get_children())
            if len(inner) != 1:
                break
            cursor = inner[0]
        return cursor

    def removed(self, source, start, end, function):
        text = source.text(start, end)
        if "\n#" not in text:
            self.add(source, "statement", start, end, function, text, "nothing", "(ON ? void() : void(", "))")

    def statement(self, source, cursor, parent, function):
        if parent.kind not in (K.COMPOUND_STMT, K.IF_STMT, K.FOR_STMT, K.WHILE_STMT, K.CXX_FOR_RANGE_STMT, K.DO_STMT, K.CASE_STMT, K.DEFAULT_STMT):
            return
        start, end = cursor.extent.start.offset, cursor.extent.end.offset
        if source.after(end) != ";" or (parent.kind != K.COMPOUND_STMT and source.before(start) not in (")", "e", "o", ":")):
            return
        inner = self.bare(cursor)
        if inner.kind == K.CSTYLE_CAST_EXPR:  # (void)call()
            if "(" not in source.text(start, end)[1:]:
                return
        elif inner.kind == K.BINARY_OPERATOR:
            sides = list(inner.get_children())
            if len(sides) != 2 or source.text(sides[0].extent.end.offset, sides[1].extent.start.offset).strip() != "=":
                return
        elif inner.kind not in (K.CALL_EXPR, K.COMPOUND_ASSIGNMENT_OPERATOR, K.UNARY_OPERATOR):
            return
        self.removed(source, start, end, function)

    def loop(self, source, cursor, function):
        start = cursor.extent.start.offset
        body = max(cursor.get_children(), key=lambda child: child.extent.end.offset)
        begin = body.extent.start.offset
        head = source.text(start, begin)
        if source.before(begin) != ")" or "\n#" in head or "".join(head.split()) in ("for(;;)", "while(true)"):
            return  # what has no end of its own may have no statement behind it
        self.add(source, "loop", begin, begin, function, head, "no round", "if (ON) break; else ")
        self.add(source, "loop", start, begin, function, head, "one round", "if (int mutant_rounds = 0; true) ",
                 " if (ON && mutant_rounds++ == 1) break; else ")

    def returns(self, source, cursor, function):
        body = [child for child in cursor.get_children() if child.kind == K.COMPOUND_STMT]
        if not body or not cursor.is_definition():
            return
        begin = body[-1].extent.start.offset
        if source.text(begin, begin + 1) != "{" or "noreturn" in source.text(max(0, cursor.extent.start.offset - 40), cursor.location.offset):
            return
        result = cursor.result_type.spelling
        if cursor.kind in (K.CONSTRUCTOR, K.DESTRUCTOR) or result == "void":
            values = [""]
        elif result == "bool":
            values = ["true", "false"]
        elif result.startswith(("result<void>", "modsig::result<void>")):
            values = ["::modsig::result<void>::success()"]
        elif result.startswith(("result<", "modsig::result<")):
            values = ["::modsig::errc::not_checked"]
        elif result.endswith("errc"):
            values = ["::modsig::errc::none"]
        elif "auto" in result or "&" in result:
            return
        else:
            values = ["{}"]
        for value in values:
            text = f"return {value}".rstrip() + ";"
            self.add(source, "return", begin + 1, begin + 1, function, "{", "{ " + text.replace("::modsig::", ""), f" if (ON) {text}")


def mutations(root, paths, flags):
    """All mutations of these headers, numbered in the order of path and place."""
    sources = {os.path.join(root, path): Source(root, path) for path in paths}
    program = "".join(f'#include "{path}"\n' for path in sources)
    unit = cindex.Index.create().parse("all.cpp", args=flags, unsaved_files=[("all.cpp", program)])
    faults = [d for d in unit.diagnostics if d.severity >= cindex.Diagnostic.Error]
    if faults:
        raise SystemExit("\n".join(str(fault) for fault in faults))
    finder = Finder(sources, error_codes(unit.cursor))
    finder.walk(unit.cursor)
    ordered = sorted(finder.found, key=lambda m: (m.source.path, m.start, -m.end, m.kind, m.mutated))
    count = {}
    for number, mutation in enumerate(ordered):
        same = (mutation.source.path, mutation.function, mutation.kind, mutation.original, mutation.mutated)
        count[same] = mutation.occurrence = count.get(same, 0) + 1
        mutation.number = number
    return ordered


def error_codes(unit):
    """The names in modsig::errc that are faults."""
    def enums(cursor):
        for child in cursor.get_children():
            if child.kind == K.NAMESPACE and child.spelling == "modsig":
                yield from enums(child)
            elif child.kind == K.ENUM_DECL and child.spelling == "errc":
                yield child
    return [constant.spelling for enum in list(enums(unit))[:1] for constant in enum.get_children()
            if constant.kind == K.ENUM_CONSTANT_DECL and constant.spelling not in ("none", "not_checked")]
