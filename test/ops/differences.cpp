#include "test/ops/differences.h"

#include <fstream>
#include <regex>
#include <stdexcept>

namespace cobra::test {

Differences::Differences(const std::filesystem::path& file) {
  static const std::regex form(R"re((\S+)\s+(accepts|rejects|shape|crashes)\s+"([^"]*)"\s+(\S.*))re");
  std::ifstream in(file);
  if (!in) throw std::runtime_error("cannot read " + file.string());
  std::string text;
  for (int line = 1; std::getline(in, text); ++line) {
    if (text.empty() || text.front() == '#') continue;
    std::smatch match;
    if (!std::regex_match(text, match, form))
      throw std::runtime_error(file.filename().string() + ":" + std::to_string(line) + ": not of the form: operator kind \"part\" reason");
    all_.push_back({match[1], match[2], match[3], match[4]});
  }
}

const Difference* Differences::allows(std::string_view op, std::string_view kind, std::string_view what, std::string_view message) const {
  const auto names = [&](std::string_view pattern) {
    if (!pattern.ends_with('*')) return pattern == op;
    return op.starts_with(pattern.substr(0, pattern.size() - 1));
  };
  for (const auto& difference : all_) {
    const std::string& part = difference.part;
    if (difference.kind != kind || !names(difference.op)) continue;
    if (what.find(part) == std::string_view::npos && message.find(part) == std::string_view::npos) continue;
    ++difference.met;
    return &difference;
  }
  return nullptr;
}

} // namespace cobra::test
