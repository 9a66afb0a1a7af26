// Makes a new operator's entry and table line from LibTorch's own schema: what scripts/new-operator runs.
//
//   new_operator --root CHECKOUT NAME FAMILY
//
// The entry goes into predictor/ops/families/FAMILY.cpp, made and registered if there is none, and the line
// into test/ops/tables/FAMILY.txt. The rule refuses every call, so that the line fails until the rule is
// written.
#include "test/ops/skeleton.h"

#include "predictor/ops/registry.h"
#include "runtime-probe/boxed_call.h"

#include <CLI/CLI.hpp>

#include <iostream>

namespace {

using namespace cobra;

/// The overloads that LibTorch has of a name, without those that write into given outputs.
std::vector<std::string> overloadsOf(const std::string& name) {
  std::vector<std::string> found;
  for (const auto& known : c10::Dispatcher::singleton().getAllOpNames()) {
    if (known.name != name || known.overload_name.ends_with("out")) continue;
    found.push_back(known.overload_name.empty() ? known.name : known.name + "." + known.overload_name);
  }
  std::ranges::sort(found);
  return found;
}

/// The schema, or throws a test::SkeletonError that lists what could have been meant.
std::string schemaOf(const std::string& fullName) {
  if (std::string schema = probe::dispatcherSchema(fullName); !schema.empty()) return schema;
  const auto overloads = overloadsOf(fullName);
  if (overloads.empty()) throw test::SkeletonError("LibTorch has no operator " + fullName);
  if (overloads.size() == 1) return probe::dispatcherSchema(overloads.front());
  std::string list;
  for (const auto& overload : overloads) list += (list.empty() ? "" : ", ") + overload;
  throw test::SkeletonError(fullName + " has several overloads, name one: " + list);
}

} // namespace

int main(int argc, char** argv) {
  CLI::App app("Makes a new operator's entry with its table line from LibTorch's schema.", "scripts/new-operator");
  std::string root = ".", name, family;
  app.add_option("--root", root, "the checkout");
  app.add_option("NAME", name, "the operator, for example trace or norm.ScalarOpt_dim")->required();
  app.add_option("FAMILY", family, "the file of predictor/ops/families that it goes into, without .cpp")->required();
  CLI11_PARSE(app, argc, argv);
  try {
    const std::string fullName = name.find("::") == std::string::npos ? "aten::" + name : name;
    const std::string schema = schemaOf(fullName);
    if (ops::find(schema.substr(0, schema.find('('))) != nullptr)
      throw test::SkeletonError(schema.substr(0, schema.find('(')) + " is in the registry already");
    for (const auto& file : test::addSkeleton(root, schema, family)) std::cout << "changed " << file.string() << "\n";
    std::cout << "Now write the rule, the space and the line: docs/adding-an-operator.md\n";
    return 0;
  } catch (const std::exception& error) {
    std::cerr << "new-operator: " << error.what() << "\n";
    return 1;
  }
}
