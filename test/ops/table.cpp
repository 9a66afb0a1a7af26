#include "test/ops/table.h"

#include <algorithm>
#include <charconv>
#include <fstream>
#include <stdexcept>
#include <utility>

namespace cobra::test {
namespace {

/// A line that does not follow the notation; readLine() turns it into TableLine::mistake.
struct Mistake : std::runtime_error {
  using std::runtime_error::runtime_error;
};

std::string quoted(std::string_view text) { return "'" + std::string(text) + "'"; }

/// Splits at white space that stands outside brackets and quotes.
std::vector<std::string> words(std::string_view text) {
  std::vector<std::string> result;
  std::string word;
  int depth = 0;
  char quote = 0;
  for (char c : text) {
    if (quote != 0) {
      if (c == quote) quote = 0;
    } else if (c == '"' || c == '\'') {
      quote = c;
    } else if (c == '[') {
      ++depth;
    } else if (c == ']') {
      --depth;
    } else if ((c == ' ' || c == '\t') && depth == 0) {
      if (!word.empty()) result.push_back(std::exchange(word, {}));
      continue;
    }
    word += c;
  }
  if (!word.empty()) result.push_back(word);
  if (depth != 0 || quote != 0) throw Mistake("a bracket or quote is not closed");
  return result;
}

template <class Number> std::optional<Number> number(std::string_view text) {
  Number value{};
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::int64_t integer(std::string_view text) {
  if (auto value = number<std::int64_t>(text)) return *value;
  throw Mistake(quoted(text) + " is not an integer");
}

/// The items between one pair of brackets.
std::vector<std::string> items(std::string_view text) {
  if (text.size() < 2 || text.front() != '[' || text.back() != ']') throw Mistake(quoted(text) + " is not a list");
  std::vector<std::string> result;
  std::string item;
  int depth = 0;
  for (char c : text.substr(1, text.size() - 2)) {
    if (c == ' ') continue;
    depth += c == '[' ? 1 : c == ']' ? -1 : 0;
    if (c == ',' && depth == 0) {
      result.push_back(std::exchange(item, {}));
    } else {
      item += c;
    }
  }
  if (!item.empty()) result.push_back(item);
  return result;
}

template <class Item, class Read> std::vector<Item> list(std::string_view text, Read read) {
  std::vector<Item> result;
  for (const auto& item : items(text)) result.push_back(read(item));
  return result;
}

TensorType tensor(std::string_view text) {
  auto bracket = text.find('[');
  if (bracket == std::string_view::npos) throw Mistake(quoted(text) + " is not a tensor");
  TensorType type;
  if (bracket > 0) {
    auto dtype = dtypeFromName(text.substr(0, bracket));
    if (!dtype) throw Mistake(quoted(text.substr(0, bracket)) + " is not a dtype");
    type.dtype = *dtype;
  }
  type.shape = list<std::int64_t>(text.substr(bracket), integer);
  return type;
}

std::optional<TensorType> optionalTensor(std::string_view text) {
  if (text == "None") return std::nullopt;
  return tensor(text);
}

double floating(std::string_view text) {
  if (auto value = number<double>(text)) return *value;
  throw Mistake(quoted(text) + " is not a number");
}

std::optional<bool> boolean(std::string_view text) {
  if (text == "True") return true;
  if (text == "False") return false;
  return std::nullopt;
}

bool requiredBoolean(std::string_view text) {
  if (auto value = boolean(text)) return *value;
  throw Mistake(quoted(text) + " is neither True nor False");
}

Argument scalar(std::string_view text) {
  if (auto value = boolean(text)) return *value;
  if (auto value = number<std::int64_t>(text)) return *value;
  return floating(text);
}

std::string string(std::string_view text) {
  if (text.size() < 2 || text.front() != '\'' || text.back() != '\'') throw Mistake(quoted(text) + " is not in single quotes");
  return std::string(text.substr(1, text.size() - 2));
}

DType dtypeValue(std::string_view text) {
  if (auto dtype = dtypeFromName(text)) return *dtype;
  throw Mistake(quoted(text) + " is not a dtype");
}

Argument listValue(const ops::Parameter& parameter, std::string_view text) {
  using ops::Kind;
  switch (parameter.kind) {
  case Kind::Tensor: return list<std::optional<TensorType>>(text, optionalTensor);
  case Kind::Int: return list<std::int64_t>(text, integer);
  case Kind::Bool: return list<bool>(text, requiredBoolean);
  default: return list<double>(text, floating);
  }
}

Argument value(const ops::Parameter& parameter, std::string_view text) {
  using ops::Kind;
  if (text == "?") return Open{};
  if (text == "None") return None{};
  if (parameter.list && text.front() == '[') return listValue(parameter, text);
  switch (parameter.kind) {
  case Kind::Tensor: return tensor(text);
  case Kind::Int: return integer(text);
  case Kind::Float: return floating(text);
  case Kind::Bool: return requiredBoolean(text);
  case Kind::Scalar: return scalar(text);
  case Kind::ScalarType: return dtypeValue(text);
  case Kind::Generator: throw Mistake("a generator has no notation");
  case Kind::String:
  case Kind::Layout:
  case Kind::Device:
  case Kind::MemoryFormat: return string(text);
  }
  throw Mistake("a kind of parameter without notation");
}

const ops::Operator* operatorNamed(const std::string& name) {
  const std::string full = name.find("::") == std::string::npos ? "aten::" + name : name;
  if (const auto* op = ops::find(full)) return op;
  auto overloads = ops::overloads(full);
  if (overloads.size() == 1) return overloads.front();
  throw Mistake(overloads.empty() ? full + " is not in the registry" : full + " has several overloads: name one");
}

std::size_t parameterNamed(const ops::Operator& op, std::string_view name) {
  if (int exact = op.indexOf(name); exact >= 0) return static_cast<std::size_t>(exact);
  auto parameters = op.parameters();
  auto fits = [&](const ops::Parameter& p) { return p.name.starts_with(name); };
  auto first = std::find_if(parameters.begin(), parameters.end(), fits);
  if (first == parameters.end()) throw Mistake("no parameter is named " + quoted(name));
  if (std::find_if(first + 1, parameters.end(), fits) != parameters.end()) throw Mistake("several parameters begin with " + quoted(name));
  return static_cast<std::size_t>(first - parameters.begin());
}

/// The position of "=" in "name=value", npos in a plain value.
std::size_t equalsSign(std::string_view word) {
  auto equals = word.find('=');
  return equals != std::string_view::npos && word.find_first_of("['\"") > equals ? equals : std::string_view::npos;
}

std::vector<Argument> arguments(const ops::Operator& op, std::span<const std::string> given) {
  auto parameters = op.parameters();
  std::vector<std::optional<Argument>> values(parameters.size());
  std::size_t position = 0;
  for (const std::string& word : given) {
    std::string_view text = word;
    std::size_t index = position;
    if (auto equals = equalsSign(text); equals != std::string_view::npos) {
      index = parameterNamed(op, text.substr(0, equals));
      text.remove_prefix(equals + 1);
    } else if (++position; index >= parameters.size()) {
      throw Mistake("more arguments than the schema has");
    }
    if (text.empty()) throw Mistake("a value is missing");
    values[index] = value(parameters[index], text);
  }
  std::vector<Argument> result;
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    if (values[i])
      result.push_back(*values[i]);
    else if (parameters[i].hasDefault)
      result.push_back(parameters[i].defaultValue);
    else
      throw Mistake("no value for " + parameters[i].name);
  }
  return result;
}

/// "2*3+4" is 10.
std::int64_t sumOfProducts(std::string_view text) {
  std::int64_t sum = 0;
  while (true) {
    auto plus = text.find('+');
    std::int64_t product = 1;
    for (std::string_view term = text.substr(0, plus);;) {
      auto star = term.find('*');
      product = mulClamped(product, integer(term.substr(0, star)));
      if (star == std::string_view::npos) break;
      term.remove_prefix(star + 1);
    }
    sum = addClamped(sum, product);
    if (plus == std::string_view::npos) return sum;
    text.remove_prefix(plus + 1);
  }
}

Expected expectation(std::span<const std::string> given) {
  if (given.empty()) throw Mistake("nothing after the arrow");
  if (given.front() == "error" || given.front() == "unknown") {
    if (given.size() != 2) throw Mistake(given.front() + " takes one word");
    if (given.front() == "unknown") return ExpectedUnknown{given[1]};
    const std::string& text = given[1];
    if (text.size() < 3 || text.front() != '"' || text.back() != '"') throw Mistake("an error's sentence stands in double quotes");
    return ExpectedError{text.substr(1, text.size() - 2)};
  }
  ExpectedEffect effect;
  for (const std::string& word : given) {
    std::string_view text = word;
    if (text.starts_with("flops="))
      effect.flops = sumOfProducts(text.substr(6));
    else if (text.starts_with("bytes="))
      effect.bytes = sumOfProducts(text.substr(6));
    else if (text != "nothing")
      effect.outputs.push_back(tensor(text));
  }
  return effect;
}

void readInto(TableLine& line) {
  auto all = words(line.text);
  auto arrow = std::find(all.begin(), all.end(), "->");
  if (arrow == all.end() || arrow == all.begin()) throw Mistake("a line is: operator, arguments, ->, result");
  line.op = operatorNamed(all.front());
  line.arguments = arguments(*line.op, {all.begin() + 1, arrow});
  line.expected = expectation({arrow + 1, all.end()});
}

/// Where the comment begins: at the first "#" outside double quotes.
std::size_t commentIn(std::string_view text) {
  bool quoted = false;
  std::size_t at = 0;
  for (; at < text.size() && (quoted || text[at] != '#'); ++at)
    if (text[at] == '"') quoted = !quoted;
  return at;
}

} // namespace

TableLine readLine(std::string_view text) {
  TableLine line;
  line.text = text;
  try {
    readInto(line);
  } catch (const Mistake& mistake) {
    line.mistake = mistake.what();
  }
  return line;
}

std::vector<TableLine> readTables(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(folder))
    if (entry.path().extension() == ".txt") files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  std::vector<TableLine> lines;
  for (const auto& file : files) {
    std::ifstream in(file);
    std::string text;
    for (int number = 1; std::getline(in, text); ++number) {
      text.erase(commentIn(text));
      text.erase(text.find_last_not_of(" \t\r") + 1);
      if (text.empty()) continue;
      TableLine line = readLine(text);
      line.file = file.filename().string();
      line.line = number;
      lines.push_back(std::move(line));
    }
  }
  return lines;
}

std::string describe(const std::vector<TensorType>& tensors) {
  if (tensors.empty()) return "nothing";
  std::string text;
  for (const auto& type : tensors) {
    if (!text.empty()) text += ' ';
    text += std::string(shortName(type.dtype)) + '[';
    for (std::size_t i = 0; i < type.shape.size(); ++i) text += (i == 0 ? "" : ",") + std::to_string(type.shape[i]);
    text += ']';
  }
  return text;
}

std::string describe(const ops::Answer& answer) {
  if (const auto* effect = std::get_if<ops::Effect>(&answer)) return describe(effect->outputs);
  if (const auto* unknown = std::get_if<ops::Unknown>(&answer)) return "unknown " + unknown->parameter;
  return "error \"" + std::get<ops::Misuse>(answer).sentence + '"';
}

} // namespace cobra::test
