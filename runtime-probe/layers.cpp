// cobra-probe layers: calls into a file.

#include "runtime-probe/campaign.h"
#include "runtime-probe/collect.h"
#include "runtime-probe/commands.h"
#include "runtime-probe/paper_layers.h"

namespace cobra::probe {
namespace {

using Planned = std::variant<std::unique_ptr<Plan>, PlanError>;

/// The spaces of the registry's operators, and calls that are given.
class CallPlan final : public Plan {
public:
  explicit CallPlan(Campaign campaign) : campaign_(std::move(campaign)) {}
  void add(const Record& record) override { campaign_.add(record); }
  bool next() override { return (call_ = campaign_.next()).has_value(); }
  std::int64_t row() const override { return campaign_.row(); }
  Record what() const override {
    Record record;
    record.snippet = printSnippet(*call_);
    return record;
  }
  Record measure(const MeasureSetting& setting, double& spent) override { return probe::measure(*call_, setting, &spent); }

private:
  Campaign campaign_;
  std::optional<Call> call_;
};

Planned calls(const Session& session, const Options& options) {
  auto calls = callsOfGraphs(options.calls);
  if (auto* error = std::get_if<CampaignError>(&calls)) return PlanError{error->sentence};
  CampaignSetting wanted{options.seed,       options.dtype,     session.setting.call.memoryLimit, session.flopLimit, options.operators,
                         options.shardIndex, options.shardCount};
  auto planned = Campaign::make(wanted, std::move(std::get<std::vector<Call>>(calls)));
  if (auto* error = std::get_if<CampaignError>(&planned)) return PlanError{error->sentence};
  return std::make_unique<CallPlan>(std::move(std::get<Campaign>(planned)));
}

Planned paperLayers(const Session& session, const Options& options) {
  if (!options.operators.empty() || !options.calls.empty())
    return PlanError{"the space cobra-2022 is its eight kinds of layers; leave --operators and --calls out"};
  return paper::plan({options.seed, options.dtype, session.setting.call.memoryLimit, session.flopLimit},
                     {options.shardIndex, options.shardCount});
}

} // namespace

int layers(const Options& options) {
  if (options.out.empty()) return complain("layers needs --out FILE", 2);
  if (options.minutes <= 0 && options.rows <= 0) return complain("layers needs --minutes M or --rows N", 2);
  if (options.space == "cobra-2022") return collect(options, "layers", paperLayers);
  if (!options.space.empty() && options.space != "default")
    return complain("layers has the spaces 'default' and 'cobra-2022', not '" + options.space + "'", 2);
  Options named = options;
  named.space = "default";
  return collect(named, "layers", calls);
}

} // namespace cobra::probe
