#include "predictor/train/settings.h"

#include "predictor/format/file.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <sstream>

namespace cobra::train {
namespace {

std::string keyOf(const CLI::Option& option) {
  std::string key = option.get_lnames().front();
  std::ranges::replace(key, '-', '_');
  return key;
}

template <class Number> std::string rangeText(const char* kind, Number low, Number high) {
  std::ostringstream text;
  text << kind << " from " << low << " to " << high;
  return text.str();
}

} // namespace

void Settings::add(CLI::Option* option, std::string wanted, std::function<bool(const Json&)> take, std::function<void(Json&)> give) {
  const std::string key = keyOf(*option);
  order_.push_back(key);
  entries_[key] = {option, std::move(wanted), std::move(take), std::move(give)};
}

void Settings::bind(CLI::Option* option, int& target, int low, int high) {
  option->capture_default_str()->check(CLI::Range(low, high));
  add(
      option, rangeText("a whole number", low, high),
      [&target, low, high](const Json& json) {
        if (!json.is_number_integer() || json.get<double>() < low || json.get<double>() > high) return false;
        target = json.get<int>();
        return true;
      },
      [&target](Json& json) { json = target; });
}

void Settings::bind(CLI::Option* option, std::uint64_t& target) {
  option->capture_default_str();
  add(
      option, "a whole number, not negative",
      [&target](const Json& json) {
        if (!json.is_number_unsigned()) return false;
        target = json.get<std::uint64_t>();
        return true;
      },
      [&target](Json& json) { json = target; });
}

void Settings::bind(CLI::Option* option, double& target, double low, double high) {
  option->capture_default_str()->check(CLI::Range(low, high));
  add(
      option, rangeText("a number", low, high),
      [&target, low, high](const Json& json) {
        if (!json.is_number() || !(json.get<double>() >= low) || !(json.get<double>() <= high)) return false;
        target = json.get<double>();
        return true;
      },
      [&target](Json& json) { json = target; });
}

void Settings::bind(CLI::Option* option, std::string& target) {
  add(
      option, "text",
      [&target](const Json& json) {
        if (!json.is_string()) return false;
        target = json.get<std::string>();
        return true;
      },
      [&target](Json& json) { json = target; });
}

void Settings::bind(CLI::Option* option, std::vector<std::string>& target) {
  add(
      option, "a list of texts",
      [&target](const Json& json) {
        if (!json.is_array() || !std::ranges::all_of(json, [](const Json& item) { return item.is_string(); })) return false;
        target = json.get<std::vector<std::string>>();
        return true;
      },
      [&target](Json& json) { json = target; });
}

void Settings::addChoice(CLI::Option* option, std::vector<std::string> names, std::function<void(const std::string&)> take,
                         std::function<std::string()> give) {
  std::string wanted = "one of";
  for (const std::string& name : names) wanted += (name == names.front() ? " '" : ", '") + name + "'";
  add(
      option, std::move(wanted),
      [names = std::move(names), take = std::move(take)](const Json& json) {
        if (!json.is_string() || std::ranges::find(names, json.get<std::string>()) == names.end()) return false;
        take(json.get<std::string>());
        return true;
      },
      [give = std::move(give)](Json& json) { json = give(); });
}

std::optional<std::string> Settings::readFile(const std::filesystem::path& file) {
  constexpr std::size_t kMaxBytes = 1 << 20;
  auto bytes = format::readWholeFile(file, kMaxBytes);
  if (auto* error = std::get_if<format::FileError>(&bytes)) return error->sentence;
  const std::string name = "'" + file.string() + "' ";
  const Json json = Json::parse(std::get<std::string>(bytes), nullptr, /*allow_exceptions=*/false);
  if (!json.is_object()) return name + "is not one JSON object of settings";
  for (const auto& [key, value] : json.items()) {
    const auto entry = entries_.find(key);
    if (entry == entries_.end()) {
      std::string known;
      for (const std::string& each : order_) known += (known.empty() ? "" : ", ") + each;
      return name + "sets '" + key + "', which is no setting; there are " + known;
    }
    if (entry->second.option->count() > 0) continue;
    if (!entry->second.take(value)) return name + "sets '" + key + "' to " + value.dump() + "; it must be " + entry->second.wanted;
  }
  return std::nullopt;
}

std::string Settings::print() const {
  Json json = Json::object();
  for (const std::string& key : order_) entries_.at(key).give(json[key]);
  return json.dump(2);
}

} // namespace cobra::train
