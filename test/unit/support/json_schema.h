// The part of JSON Schema (draft 2020-12) that docs/graph.schema.json uses.
#pragma once

#include <nlohmann/json.hpp>

#include <optional>
#include <string>

namespace cobra::test {

/// Where and why `value` breaks `schema`, or nullopt. Throws std::logic_error on a keyword that is not known
/// here, so that no rule of the schema is passed over in silence.
std::optional<std::string> schemaViolation(const nlohmann::json& schema, const nlohmann::json& value);

} // namespace cobra::test
