// Options of a command that may also stand in a file: one JSON object whose keys are the options' names ("--split-seed": "split_seed").
// The command line goes before the file.
#pragma once

#include <CLI/CLI.hpp>
#include <nlohmann/json_fwd.hpp>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace cobra::train {

class Settings {
public:
  /// Binds an option of the command to a key; numbers outside low to high are refused on the command line and in the file.
  void bind(CLI::Option* option, int& target, int low, int high);
  void bind(CLI::Option* option, std::uint64_t& target);
  void bind(CLI::Option* option, double& target, double low, double high);
  void bind(CLI::Option* option, std::string& target);
  void bind(CLI::Option* option, std::vector<std::string>& target);
  /// One of some names.
  template <class Enum> void bind(CLI::Option* option, Enum& target, const std::map<std::string, Enum>& names);

  /// Takes from the file what the command line did not say; call it when that is parsed. A sentence for a file that can't be read, for a
  /// key that there is not and for a value of a wrong kind.
  std::optional<std::string> readFile(const std::filesystem::path& file);
  /// Every key with its value, as the file would be; read back it says the same.
  std::string print() const;

private:
  using Json = nlohmann::ordered_json;
  struct Entry {
    CLI::Option* option;
    std::string wanted; // "a number from 0 to 1"
    std::function<bool(const Json&)> take;
    std::function<void(Json&)> give;
  };
  void add(CLI::Option* option, std::string wanted, std::function<bool(const Json&)> take, std::function<void(Json&)> give);
  void addChoice(CLI::Option* option, std::vector<std::string> names, std::function<void(const std::string&)> take,
                 std::function<std::string()> give);

  std::vector<std::string> order_;
  std::map<std::string, Entry> entries_;
};

template <class Enum> void Settings::bind(CLI::Option* option, Enum& target, const std::map<std::string, Enum>& names) {
  option->transform(CLI::CheckedTransformer(names));
  std::vector<std::string> texts;
  for (const auto& [name, value] : names) texts.push_back(name);
  addChoice(
      option, std::move(texts), [&target, names](const std::string& name) { target = names.at(name); },
      [&target, names] {
        for (const auto& [name, value] : names) {
          if (value == target) return name;
        }
        return std::string();
      });
}

} // namespace cobra::train
