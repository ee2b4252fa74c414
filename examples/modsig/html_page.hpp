// SPDX-License-Identifier: BSL-1.0
//
// The style and the script of the HTML report. Both stand in the page itself, which allows them by their digests and nothing else
// (Content Security Policy Level 3, section 2.3.1).
#ifndef MODSIG_TOOL_HTML_PAGE_HPP
#define MODSIG_TOOL_HTML_PAGE_HPP

#include <string_view>

namespace tool {

/// Contrasts of text are 4.5 to 1 or more (WCAG 2.2, success criterion 1.4.3), in both schemes.
inline constexpr std::string_view html_style = R"(
:root { color-scheme: light dark; --page: #fcfcfb; --text: #1f2328; --quiet: #57606a; --line: #dcdfe3; --head: #f1f2f3;
  --verified: #1a6334; --tolerated: #7a4b00; --rejected: #a61b1b; --link: #0a4d8c; }
@media (prefers-color-scheme: dark) {
  :root { --page: #15181c; --text: #d9dde2; --quiet: #9aa4af; --line: #31373e; --head: #1f242a;
    --verified: #7fd19b; --tolerated: #e3b964; --rejected: #ff938c; --link: #86b9f0; }
}
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 100rem; padding: 1.5rem 2rem 4rem; background: var(--page); color: var(--text); font: 0.875rem/1.45 system-ui, sans-serif; }
h1 { margin: 0 0 0.5rem; font-size: 1.375rem; line-height: 1.25; font-weight: 600; }
h2 { margin: 2.25rem 0 0.5rem; font-size: 1.0625rem; font-weight: 600; }
h3 { margin: 1.5rem 0 0.25rem; font-size: 0.9375rem; font-weight: 600; }
p { margin: 0.25rem 0; max-width: 75em; }
a { color: var(--link); }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 0.125rem 1.25rem; margin: 0.75rem 0 0; }
dt, small, .quiet { color: var(--quiet); font-weight: 400; }
dd { margin: 0; overflow-wrap: anywhere; }
ul { margin: 0.5rem 0; padding: 0; list-style: none; display: flex; flex-wrap: wrap; gap: 0.25rem 1.5rem; }
table { width: 100%; border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { padding: 0.25rem 1rem 0.25rem 0; text-align: left; vertical-align: top; border-bottom: 1px solid var(--line); overflow-wrap: anywhere; }
thead th { position: sticky; top: 0; padding-top: 0.375rem; background: var(--page); color: var(--quiet); font-weight: 600; overflow-wrap: normal; }
tbody th { font-weight: 400; }
th[scope=rowgroup] { padding: 0.375rem 0.75rem; background: var(--head); }
tbody tr:hover > :not([scope=rowgroup]) { background: var(--head); }
.causes, .files { table-layout: fixed; }
.causes th:nth-child(1), .files th:nth-child(1) { width: 25%; }
.causes th:nth-child(2), .files th:nth-child(2) { width: 6rem; }
.causes th:nth-child(3) { width: 35%; }
.files th:nth-child(3) { width: 9%; }
.files th:nth-child(5) { width: 19%; }
.files th:nth-child(n + 6) { width: 5.5rem; }
.files th:nth-child(8) { width: 6.75rem; }
.causes th[scope=rowgroup] { width: auto; }
.signers th:last-child, .signers td:last-child { text-align: right; }
td.word { white-space: nowrap; }
code { font-family: ui-monospace, monospace; font-size: 0.9375em; unicode-bidi: isolate; }
b { font-weight: 600; }
.verified { color: var(--verified); }
.tolerated { color: var(--tolerated); }
.rejected { color: var(--rejected); }
button { all: unset; cursor: pointer; }
button:hover { color: var(--text); }
button:focus-visible, a:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; }
button::after { content: " \2195"; opacity: 0.55; }
[aria-sort=ascending] button::after { content: " \2191"; opacity: 1; }
[aria-sort=descending] button::after { content: " \2193"; opacity: 1; }
@media print { body { max-width: none; padding: 0; } thead th { position: static; } button::after { content: ""; } }
)";

/// A heading of a sortable table becomes a button. Without the script the tables are as they are: in the order of the files.
inline constexpr std::string_view html_script = R"(
"use strict";
const collator = new Intl.Collator("en", { numeric: true });
for (const table of document.querySelectorAll("table.sortable")) {
  const heads = [...table.tHead.rows[0].cells], body = table.tBodies[0];
  heads.forEach((head, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = head.textContent;
    head.replaceChildren(button);
    button.addEventListener("click", () => {
      const turn = head.getAttribute("aria-sort") === "ascending" ? -1 : 1;
      const rows = [...body.rows].map(row => [row.cells[column].textContent, row]);
      rows.sort((one, other) => turn * collator.compare(one[0], other[0]));
      const sorted = document.createDocumentFragment();
      for (const [, row] of rows) sorted.append(row);
      body.append(sorted);
      for (const each of heads) each.removeAttribute("aria-sort");
      head.setAttribute("aria-sort", turn === 1 ? "ascending" : "descending");
    });
  });
}
)";

}  // namespace tool

#endif  // MODSIG_TOOL_HTML_PAGE_HPP
