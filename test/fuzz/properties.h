// What must hold for any bytes whatever. Shared by the fuzz targets and by the mutation test of the normal
// suite.
#pragma once

#include <string>
#include <string_view>

namespace cobra::test {

/// The property that does not hold for this text, or "". An accepted snippet prints as it was read; a refused
/// one has a sentence in printable ASCII and an offset inside the text.
std::string brokenSnippetProperty(std::string_view text);
/// The same for a graph document: an accepted one can be written, read and written again without a change,
/// and drawn; a refused one has one sentence without control characters.
std::string brokenGraphProperty(std::string_view text);

} // namespace cobra::test
