// How JSON is laid out in files that people read: two spaces a level, and what fits on a line stays on one.
// Used by the graph writer alone.
#pragma once

#include <nlohmann/json.hpp>

#include <string>

namespace cobra {

/// Appends `json`. A value of at most 100 characters is written on one line without spaces,
/// {"shape":[1,64,56,56],"dtype":"float32"}; a longer array or object with one member a line. Bytes that are
/// not UTF-8 become U+FFFD.
void layOut(std::string& out, const nlohmann::ordered_json& json, std::size_t indent = 0);

} // namespace cobra
