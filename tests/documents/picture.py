#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""The picture of one file's way, made of its text: picture.py TEXT >SVG
Steps go to and fro in rows, verdicts stand in the last row; readers without colours, in the dark and with large letters are served."""
import sys
from xml.sax.saxutils import escape

COLUMNS, WIDTH, HEIGHT, GAP, MARGIN = 4, 252, 76, 32, 16
STYLE = """
  text { font: 13px sans-serif; fill: #1f2328; text-anchor: middle }
  .name { font-weight: bold; font-size: 15px }
  .where { font-family: monospace; font-size: 11px; fill: #59636e }
  rect { fill: #f6f8fa; stroke: #59636e; rx: 6px }
  .verified { stroke: #1a7f37; stroke-width: 3 }
  .tolerated { stroke: #9a6700; stroke-width: 2; stroke-dasharray: 6 3 }
  .rejected { stroke: #d1242f; stroke-width: 2 }
  path { stroke: #59636e; fill: none; marker-end: url(#head) }
  marker path { fill: #59636e; marker-end: none }
  @media (prefers-color-scheme: dark) {
    text { fill: #f0f6fc } .where { fill: #9198a1 } rect { fill: #151b23 }
  }
"""


def read(text):
    rows = [[part.strip() for part in line.split("|")] for line in text.splitlines() if line.strip() and not line.startswith("#")]
    return [row[1:] for row in rows if row[0] == "step"], [row[1:] for row in rows if row[0] == "verdict"]


def box(x, y, lines, kind=""):
    """A rectangle with its name, and lines below it; the last line of a step says where."""
    classes = ["name"] + [""] * (len(lines) - 1)
    if not kind:
        classes[-1] = "where"
    middle, step = x + WIDTH // 2, HEIGHT // (len(lines) + 1)
    yield f'<rect x="{x}" y="{y}" width="{WIDTH}" height="{HEIGHT}"' + (f' class="{kind}"' if kind else "") + "/>"
    for i, (line, style) in enumerate(zip(lines, classes)):
        yield f'<text x="{middle}" y="{y + step * (i + 1) + 5}"' + (f' class="{style}"' if style else "") + f">{escape(line)}</text>"


def place(i):
    """Where the step of this number is: every second row goes back."""
    row, column = divmod(i, COLUMNS)
    if row % 2:
        column = COLUMNS - 1 - column
    return MARGIN + column * (WIDTH + GAP), MARGIN + row * (HEIGHT + GAP)


def arrow(start, end):
    """From the edge of one box to the edge of the next, which is beside or below it."""
    (x, y), (to_x, to_y) = start, end
    if y == to_y:
        right = to_x > x
        return f'<path d="M{x + WIDTH if right else x} {y + HEIGHT // 2} H{to_x - 6 if right else to_x + WIDTH + 6}"/>'
    return f'<path d="M{x + WIDTH // 2} {y + HEIGHT} V{to_y - 6}"/>'


def draw(text):
    steps, verdicts = read(text)
    rows = (len(steps) + COLUMNS - 1) // COLUMNS
    width = 2 * MARGIN + COLUMNS * WIDTH + (COLUMNS - 1) * GAP
    bottom = MARGIN + rows * (HEIGHT + GAP)
    parts = []
    for i, step in enumerate(steps):
        parts += box(*place(i), step)
        if i:
            parts.append(arrow(place(i - 1), place(i)))
    for i, verdict in enumerate(verdicts):
        x = MARGIN + i * (WIDTH + GAP)
        parts += box(x, bottom, verdict, verdict[0])
    last = place(len(steps) - 1)
    parts.append(arrow(last, (last[0], bottom)))
    title = "One file's way: " + ", ".join(step[0] for step in steps) + "; then " + ", ".join(v[0] for v in verdicts)
    head = (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {bottom + HEIGHT + MARGIN}" role="img">\n'
            f"<title>{escape(title)}</title>\n<style>{STYLE}</style>\n"
            '<defs><marker id="head" viewBox="0 0 6 6" refX="0" refY="3" markerWidth="6" markerHeight="6" orient="auto">'
            '<path d="M0 0 L6 3 L0 6 z"/></marker></defs>\n')
    return head + "\n".join(parts) + "\n</svg>\n"


if __name__ == "__main__":
    with open(sys.argv[1], encoding="utf-8") as file:
        sys.stdout.write(draw(file.read()))
