#include "test/ops/skeleton.h"

#include "predictor/ops/schema.h"

#include <algorithm>
#include <array>
#include <fstream>
#include <sstream>

namespace cobra::test {
namespace {

using ops::Kind;
using ops::SchemaParameter;
using ops::SchemaType;

/// What stands for a type in the three languages: the rule's, the space's and the table's.
struct Words {
  Kind kind;
  std::string_view rule, space, table;
};
constexpr std::array<Words, 11> words = {{{Kind::Tensor, "Tensor", "[1..16, 1..64]", "[2,3]"},
                                          {Kind::Int, "Int", "1..4", "1"},
                                          {Kind::Float, "Float", "0.5", "0.5"},
                                          {Kind::Bool, "Bool", "False|True", "False"},
                                          {Kind::Scalar, "Scalar", "2|0.5", "2"},
                                          {Kind::String, "String", "'mean'", "'mean'"},
                                          {Kind::ScalarType, "ScalarType", "float32", "f32"},
                                          {Kind::Layout, "Layout", "'strided'", "'strided'"},
                                          {Kind::Device, "Device", "'cpu'", "'cpu'"},
                                          {Kind::MemoryFormat, "MemoryFormat", "'contiguous_format'", "'contiguous_format'"},
                                          {Kind::Generator, "Generator", "None", "None"}}};

const Words& wordsOf(const SchemaType& type) { return *std::ranges::find(words, type.kind, &Words::kind); }

/// The rule's parameter type (predictor/ops/rule.h).
std::string spelled(const SchemaParameter& parameter) {
  const SchemaType& type = parameter.type;
  const bool absent = type.optional || parameter.defaultText == "[]";
  if (type.kind == Kind::Tensor && type.list) return type.optionalItem ? "MaybeTensors" : "Tensors";
  if (type.kind == Kind::Int && type.list && type.listSize > 1)
    return (absent ? "MaybeInts<" : "Ints<") + std::to_string(type.listSize) + ">";
  if (type.kind == Kind::Float && type.list) return type.optional ? "MaybeFloatList" : "std::span<const double>";
  return (type.optional ? "Maybe" : "") + std::string(wordsOf(type).rule) + (type.list ? "List" : "");
}

/// A value in brackets where the type is a list, as often as it says.
std::string repeated(const SchemaType& type, std::string_view item) {
  if (!type.list) return std::string(item);
  std::string list = "[" + std::string(item);
  for (int i = 1; i < type.listSize; ++i) list += "," + std::string(item);
  return list + "]";
}

bool needsValue(const SchemaParameter& parameter) { return !parameter.hasDefault && !parameter.type.optional; }

std::span<const SchemaParameter> parametersOf(const ops::Schema& schema) { return {schema.parameters.data(), schema.parameterCount}; }

std::string read(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) throw SkeletonError("cannot read " + path.string());
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

/// Whole or not at all.
void write(const std::filesystem::path& path, const std::string& text) {
  const std::filesystem::path part = path.string() + ".part";
  std::ofstream out(part, std::ios::binary);
  if (!(out << text).flush()) throw SkeletonError("cannot write " + part.string());
  out.close();
  std::filesystem::rename(part, path);
}

/// Puts `addition` behind the first `mark`, on lines of its own.
std::string insertedAfter(std::string text, std::string_view mark, const std::string& addition, const std::filesystem::path& path) {
  const auto at = text.find(mark);
  if (at == std::string::npos) throw SkeletonError(path.string() + " has no '" + std::string(mark) + "'");
  const auto end = at + mark.size();
  return text.insert(end, "\n" + addition + (text[end] == '\n' ? "" : "\n"));
}

std::string newFamily(const std::string& family, const std::string& entry) {
  return "#include \"predictor/ops/families.h\"\n#include \"predictor/ops/rules.h\"\n\nnamespace cobra::ops "
         "{\nnamespace {\n\n"
         "constexpr auto entries = family(\n    " +
         entry + ");\n\n} // namespace\n\nconstinit const Family families::" + family + " = {\"" + family +
         "\", entries};\n\n} // namespace cobra::ops\n";
}

bool isIdentifier(const std::string& name) {
  const auto word = [](unsigned char c) { return std::isalnum(c) != 0 || c == '_'; };
  return !name.empty() && std::isdigit(static_cast<unsigned char>(name.front())) == 0 && std::ranges::all_of(name, word);
}

} // namespace

std::string entrySkeleton(std::string_view text) {
  const ops::Schema schema = ops::parseSchema(text);
  std::string parameters, space;
  for (const SchemaParameter& parameter : parametersOf(schema)) {
    // The underscore keeps a name such as "default" from being a keyword.
    parameters += (parameters.empty() ? "" : ", ") + ("[[maybe_unused]] " + spelled(parameter)) + " " + std::string(parameter.name) + "_";
    if (needsValue(parameter))
      space += (space.empty() ? "" : "  ") + std::string(parameter.name) + ": " + repeated(parameter.type, wordsOf(parameter.type).space);
  }
  return "op(\"" + std::string(text) + "\",\n       [](" + parameters +
         ") -> Answer {\n         // Shapes and cost, as {{{dtype, shape}}, flops}.\n         return "
         "Misuse{\"" +
         std::string(schema.fullName) + " has no rule yet\"};\n       },\n       \"" + space + "\")";
}

std::string tableSkeleton(std::string_view text) {
  const ops::Schema schema = ops::parseSchema(text);
  std::string line(schema.fullName.starts_with("aten::") ? schema.fullName.substr(6) : schema.fullName);
  bool byName = false;
  for (const SchemaParameter& parameter : parametersOf(schema)) {
    byName = byName || parameter.keywordOnly || !needsValue(parameter);
    if (!needsValue(parameter)) continue;
    line += " " + (byName ? std::string(parameter.name) + "=" : "") + repeated(parameter.type, wordsOf(parameter.type).table);
  }
  line += " ->";
  for (std::size_t i = 0; i < schema.returnCount; ++i)
    if (schema.returns[i].kind == Kind::Tensor) line += " [2,3]";
  return line.ends_with("->") ? line + " nothing" : line;
}

std::vector<std::filesystem::path> addSkeleton(const std::filesystem::path& root, std::string_view schema, const std::string& family) {
  if (!isIdentifier(family)) throw SkeletonError("'" + family + "' cannot be the name of a family");
  const auto rooms = root / "predictor/ops";
  const auto source = rooms / "families" / (family + ".cpp"), table = root / "test/ops/tables" / (family + ".txt");
  std::vector<std::filesystem::path> changed;
  const auto put = [&](const std::filesystem::path& path, const std::string& text) {
    write(path, text);
    changed.push_back(path);
  };
  const std::string entry = entrySkeleton(schema);
  if (std::filesystem::exists(source)) {
    put(source, insertedAfter(read(source), " = family(", "    " + entry + ",", source));
  } else {
    const auto header = rooms / "families.h", list = rooms / "families.cpp";
    put(header, insertedAfter(read(header), "namespace families {", "extern const Family " + family + ";", header));
    put(list, insertedAfter(read(list), "table = {", "      &families::" + family + ", //", list));
    put(source, newFamily(family, entry));
  }
  const std::string before = std::filesystem::exists(table) ? read(table) : "";
  put(table, before + tableSkeleton(schema) + "\n");
  return changed;
}

} // namespace cobra::test
