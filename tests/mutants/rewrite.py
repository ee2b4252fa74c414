# SPDX-License-Identifier: BSL-1.0
"""Writes the headers with all mutations in them."""
import os


def rewritten(source, mutations):
    """The text, and the range that each mutation has in it."""
    opening, closing = {}, {}
    for mutation in mutations:
        opening.setdefault(mutation.start, []).append(mutation)
    parts, size, ranges, stack, begins = [], 0, {}, [], {}

    def put(text):
        nonlocal size
        parts.append(text)
        size += len(text)

    def close(mutation):
        put(mutation.after.replace("ON", f"::mutants::on<{mutation.number}>()").encode())
        ranges[mutation.number] = begins[mutation.number], size

    last = 0
    places = sorted({m.start for m in mutations} | {m.end for m in mutations})
    for place in places:
        put(source.bytes[last:place])
        last = place
        while stack and stack[-1].end == place:
            close(stack.pop())
        # What is inserted stands before what begins here; what is longer, around what is shorter.
        for mutation in sorted(opening.get(place, []), key=lambda m: (m.end != m.start, -m.end)):
            assert not stack or stack[-1].end >= mutation.end, (mutation.key(), stack[-1].key())
            begins[mutation.number] = size
            put(mutation.before.replace("ON", f"::mutants::on<{mutation.number}>()", 1).encode())
            if mutation.end == place:
                close(mutation)
            else:
                stack.append(mutation)
    put(source.bytes[last:])
    return b"".join(parts), ranges


def write(path, content):
    """Only what differs, so that nothing else is compiled again."""
    os.makedirs(os.path.dirname(path), exist_ok=True)
    if os.path.exists(path):
        with open(path, "rb") as file:
            if file.read() == content:
                return
    with open(path, "wb") as file:
        file.write(content)


def copy_headers(root, folder, mutations, left_out):
    """A copy of include/ in `folder`. Returns for every path the ranges of its mutations."""
    by_path, sources, places = {}, {}, {}
    for mutation in mutations:
        sources[mutation.source.path] = mutation.source
        if mutation.number not in left_out:
            by_path.setdefault(mutation.source.path, []).append(mutation)
    for here, _, names in os.walk(os.path.join(root, "include")):
        for name in names:
            if not name.endswith(".hpp"):
                continue
            path = os.path.relpath(os.path.join(here, name), root)
            if path in by_path:
                content, places[path] = rewritten(sources[path], by_path[path])
            else:
                with open(os.path.join(root, path), "rb") as file:
                    content = file.read()
            write(os.path.join(folder, path), content)
    return places
