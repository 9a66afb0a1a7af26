#include "test/unit/support/json_schema.h"

#include <algorithm>
#include <map>
#include <regex>
#include <stdexcept>

namespace cobra::test {
namespace {

using Json = nlohmann::json;
using Violation = std::optional<std::string>;

class Validator {
public:
  explicit Validator(const Json& root) : root_(root) {}

  Violation check(const Json& schema, const Json& value, const std::string& place) const {
    if (schema.is_boolean()) return schema.get<bool>() ? Violation() : place + ": is not allowed";
    for (const auto& [keyword, rule] : schema.items()) {
      const auto known = keywords().find(keyword);
      if (known == keywords().end()) throw std::logic_error("the schema keyword " + keyword + " is not known");
      if (!known->second) continue;
      if (auto violation = (this->*known->second)(rule, value, place, schema)) return violation;
    }
    return std::nullopt;
  }

private:
  using Rule = Violation (Validator::*)(const Json& rule, const Json& value, const std::string& place, const Json& schema) const;

  static const std::map<std::string, Rule>& keywords() {
    static const std::map<std::string, Rule> table = {
        {"$schema", nullptr},
        {"$id", nullptr},
        {"$defs", nullptr},
        {"title", nullptr},
        {"description", nullptr},
        {"$ref", &Validator::reference},
        {"type", &Validator::type},
        {"const", &Validator::constant},
        {"enum", &Validator::oneOfValues},
        {"minimum", &Validator::minimum},
        {"maximum", &Validator::maximum},
        {"maxLength", &Validator::maxLength},
        {"pattern", &Validator::pattern},
        {"required", &Validator::required},
        {"properties", &Validator::properties},
        {"additionalProperties", &Validator::additionalProperties},
        {"items", &Validator::items},
        {"minItems", &Validator::minItems},
        {"maxItems", &Validator::maxItems},
        {"oneOf", &Validator::oneOf},
    };
    return table;
  }

  Violation reference(const Json& rule, const Json& value, const std::string& place, const Json&) const {
    const auto target = rule.get<std::string>();
    return check(root_.at(Json::json_pointer(target.substr(1))), value, place); // "#/$defs/tensor"
  }
  Violation type(const Json& rule, const Json& value, const std::string& place, const Json&) const {
    static const std::map<std::string, bool (Json::*)() const noexcept> tests = {
        {"object", &Json::is_object},   {"array", &Json::is_array}, {"string", &Json::is_string},         {"number", &Json::is_number},
        {"boolean", &Json::is_boolean}, {"null", &Json::is_null},   {"integer", &Json::is_number_integer}};
    if ((value.*tests.at(rule.get<std::string>()))()) return std::nullopt;
    return place + ": is no " + rule.get<std::string>();
  }
  Violation constant(const Json& rule, const Json& value, const std::string& place, const Json&) const {
    return value == rule ? Violation() : place + ": is not " + rule.dump();
  }
  Violation oneOfValues(const Json& rule, const Json& value, const std::string& place, const Json&) const {
    return std::find(rule.begin(), rule.end(), value) != rule.end() ? Violation() : place + ": is none of " + rule.dump();
  }
  Violation minimum(const Json& rule, const Json& value, const std::string& place, const Json&) const {
    return value.is_number() && value < rule ? place + ": is below " + rule.dump() : Violation();
  }
  Violation maximum(const Json& rule, const Json& value, const std::string& place, const Json&) const {
    return value.is_number() && value > rule ? place + ": is above " + rule.dump() : Violation();
  }
  Violation maxLength(const Json& rule, const Json& value, const std::string& place, const Json&) const {
    return value.is_string() && value.get_ref<const std::string&>().size() > rule.get<std::size_t>() ? place + ": is too long"
                                                                                                     : Violation();
  }
  Violation pattern(const Json& rule, const Json& value, const std::string& place, const Json&) const {
    if (!value.is_string()) return std::nullopt;
    const std::regex wanted(rule.get<std::string>());
    return std::regex_search(value.get<std::string>(), wanted) ? Violation() : place + ": does not match";
  }
  Violation required(const Json& rule, const Json& value, const std::string& place, const Json&) const {
    for (const auto& key : rule)
      if (value.is_object() && !value.contains(key.get<std::string>())) return place + ": has no " + key.dump();
    return std::nullopt;
  }
  Violation properties(const Json& rule, const Json& value, const std::string& place, const Json&) const {
    if (!value.is_object()) return std::nullopt;
    for (const auto& [key, schema] : rule.items())
      if (value.contains(key))
        if (auto violation = check(schema, value.at(key), place + "." + key)) return violation;
    return std::nullopt;
  }
  Violation additionalProperties(const Json& rule, const Json& value, const std::string& place, const Json& schema) const {
    if (!value.is_object()) return std::nullopt;
    const Json known = schema.value("properties", Json::object());
    for (const auto& [key, member] : value.items())
      if (!known.contains(key))
        if (auto violation = check(rule, member, place + "." + key)) return violation;
    return std::nullopt;
  }
  Violation items(const Json& rule, const Json& value, const std::string& place, const Json&) const {
    if (!value.is_array()) return std::nullopt;
    for (std::size_t i = 0; i < value.size(); ++i)
      if (auto violation = check(rule, value[i], place + "[" + std::to_string(i) + "]")) return violation;
    return std::nullopt;
  }
  Violation minItems(const Json& rule, const Json& value, const std::string& place, const Json&) const {
    return value.is_array() && value.size() < rule ? place + ": has too few items" : Violation();
  }
  Violation maxItems(const Json& rule, const Json& value, const std::string& place, const Json&) const {
    return value.is_array() && value.size() > rule ? place + ": has too many items" : Violation();
  }
  Violation oneOf(const Json& rule, const Json& value, const std::string& place, const Json&) const {
    const auto fits = std::count_if(rule.begin(), rule.end(), [&](const Json& choice) { return !check(choice, value, place); });
    return fits == 1 ? Violation() : place + ": fits " + std::to_string(fits) + " of the choices, not one";
  }

  const Json& root_;
};

} // namespace

std::optional<std::string> schemaViolation(const Json& schema, const Json& value) { return Validator(schema).check(schema, value, "$"); }

} // namespace cobra::test
