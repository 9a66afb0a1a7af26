// Where our rules and LibTorch differ on purpose: test/ops/differences.txt, one line each.
//
//   aten::index_select  accepts  "index: dtype bool"  the reason, up to the end of the line
//
// "accepts": the rule gives an answer where LibTorch throws; "rejects": the reverse; "shape": both run,
// outputs differ. The quoted part must occur in the mutation's description or in LibTorch's message; "" fits
// all. The operator may end in "*".
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace cobra::test {

struct Difference {
  std::string op, kind, part, reason;
  mutable int met = 0; // how often the tests came across it
};

class Differences {
public:
  /// Throws std::runtime_error with file and line where a line is not of the form above.
  explicit Differences(const std::filesystem::path& file);

  /// The line that allows this difference; nullptr if none does.
  const Difference* allows(std::string_view op, std::string_view kind, std::string_view what, std::string_view message) const;
  const std::vector<Difference>& all() const { return all_; }

private:
  std::vector<Difference> all_;
};

} // namespace cobra::test
