// SPDX-License-Identifier: BSL-1.0
//
// Text for documents of XML 1.0 and HTML, in elements and in attributes with quotes.
#ifndef MODSIG_TOOL_MARKUP_HPP
#define MODSIG_TOOL_MARKUP_HPP

#include <string>
#include <string_view>

namespace tool {

/// The text without controls, and without what neither XML (section 2.2) nor HTML has as a character: each such byte is \xNN. Nothing
/// in it begins or ends an element, an attribute or a reference.
[[nodiscard]] std::string markup_text(std::string_view text);

}  // namespace tool

#endif  // MODSIG_TOOL_MARKUP_HPP
