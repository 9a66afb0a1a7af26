#include "predictor/train/audit.h"

#include "predictor/train/hash.h"

#include <algorithm>
#include <map>
#include <sstream>

namespace cobra::train {
namespace {

using Hashes = std::set<std::uint64_t>;

std::uint64_t hashOf(const std::string& text) {
  Hash hash;
  hash.add(text);
  return hash.value();
}

/// What the rows of one part hold.
struct Content {
  int rows = 0;
  Hashes snippets = {}, shapes = {}, anyShapes = {};
  std::set<std::string> families = {};
  std::map<std::string, std::pair<double, double>> sizes = {}; // smallest and largest of each operator

  void add(const Dataset& data, const DatasetRow& row) {
    const auto& main = data.calls[static_cast<std::size_t>(row.main)];
    ++rows;
    snippets.insert(hashOf(data.snippets[static_cast<std::size_t>(row.main)]));
    shapes.insert(hashOf(shapeOf(main)));
    for (const int call : row.calls) anyShapes.insert(hashOf(shapeOf(data.calls[static_cast<std::size_t>(call)])));
    families.insert(groupOf(data, row, GroupBy::Family));
    const double size = sizeOf(main);
    const auto [slot, isNew] = sizes.try_emplace(data.kindOf(row), size, size);
    slot->second = {std::min(slot->second.first, size), std::max(slot->second.second, size)};
  }
};

template <class Set> std::size_t shared(const Set& a, const Set& b) {
  return static_cast<std::size_t>(std::ranges::count_if(a, [&](const auto& item) { return b.contains(item); }));
}

class Auditor {
public:
  Auditor(const Dataset& data, const SplitRule& rule) : rule_(rule) {
    for (const DatasetRow& row : data.rows) parts_[row.part].add(data, row);
  }

  Audit run(const std::set<std::string>& kept) {
    Hashes apart;
    for (const std::string& shape : kept) apart.insert(hashOf(shape));
    Audit result{.trained = parts_[Part::Train].rows,
                 .calibrated = parts_[Part::Calibrate].rows,
                 .validated = parts_[Part::Validate].rows,
                 .tested = parts_[Part::Test].rows,
                 .testSnippets = static_cast<int>(parts_[Part::Test].snippets.size()),
                 .testShapes = static_cast<int>(parts_[Part::Test].shapes.size())};
    if (result.tested == 0) violations_.push_back("there are no test rows");
    constexpr std::pair<Part, const char*> kSeen[] = {
        {Part::Train, "trained on"}, {Part::Calibrate, "calibrated on"}, {Part::Validate, "validated on"}};
    for (const auto& [part, what] : kSeen) {
      compare(parts_[part], what);
      add(shared(apart, parts_[part].anyShapes), std::string("shapes that were to be kept apart are ") + what);
    }
    result.violations = std::move(violations_);
    return result;
  }

private:
  void add(std::size_t count, const std::string& what) {
    if (count > 0) violations_.push_back(std::to_string(count) + " " + what);
  }
  void compare(const Content& seen, const std::string& what) {
    const Content& test = parts_[Part::Test];
    add(shared(test.snippets, seen.snippets), "snippets of test rows are " + what);
    add(shared(test.shapes, seen.shapes), "shapes of test rows are " + what);
    if (rule_.by == SplitBy::Family) add(shared(test.families, seen.families), "families of test rows are " + what);
    if (rule_.by != SplitBy::Size) return;
    for (const auto& [op, sizes] : test.sizes) {
      const auto found = seen.sizes.find(op);
      if (found != seen.sizes.end() && found->second.second >= sizes.first) {
        violations_.push_back("a test row of " + op + " is no larger than one that is " + what);
      }
    }
  }

  const SplitRule& rule_;
  std::map<Part, Content> parts_;
  std::vector<std::string> violations_;
};

} // namespace

Audit audit(const Dataset& data, const SplitRule& rule, const std::set<std::string>& apart) { return Auditor(data, rule).run(apart); }

std::string printAudit(const Audit& audit) {
  std::ostringstream out;
  out << audit.trained << " rows to train on, " << audit.calibrated << " to calibrate, " << audit.validated << " to validate, "
      << audit.tested << " to test with " << audit.testSnippets << " snippets of " << audit.testShapes << " shapes: ";
  if (audit.violations.empty()) out << "the split holds\n";
  for (std::size_t i = 0; i < audit.violations.size(); ++i) out << (i ? "; " : "") << audit.violations[i];
  if (!audit.violations.empty()) out << '\n';
  return out.str();
}

} // namespace cobra::train
