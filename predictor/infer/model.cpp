#include "predictor/infer/model.h"

#include "predictor/infer/context.h"
#include "predictor/infer/transfer.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>

namespace cobra::infer {
namespace {

using Json = nlohmann::ordered_json;

constexpr const char *kKey = "cobra.profile", *kTrainingKey = "cobra.training";
constexpr int kMaxWidth = 512, kMaxLayers = 12, kMaxEntries = 4096, kMaxMembers = 16;

bool isStatistic(std::string_view tensor) { return tensor == "facts.mean" || tensor == "facts.scale"; }

Json rangeJson(const Range& range) { return Json::array({range.low, range.high}); }

Json print(const Vocabulary& vocabulary) {
  Json parameters = Json::array(), operators = Json::array();
  for (const ParameterEntry& p : vocabulary.parameters) {
    parameters.push_back({{"name", p.name}, {"slots", p.slots}, {"categories", p.categories}});
  }
  for (const OperatorEntry& op : vocabulary.operators) {
    Json fixed = Json::array();
    for (const FixedToken& f : op.fixed) {
      if (f.sameAs >= 0) {
        fixed.push_back({{"parameter", f.parameter}, {"same_as", f.sameAs}});
      } else {
        fixed.push_back({{"parameter", f.parameter}, {"category", f.category}, {"numbers", f.numbers}});
      }
    }
    operators.push_back({{"name", op.name}, {"tokens", op.tokens}, {"fixed", fixed}});
  }
  return {{"parameters", parameters}, {"operators", operators}};
}

Json print(const OperatorCoverage& coverage) {
  Json numbers = Json::array(), bands = Json::array();
  for (const auto& token : coverage.numbers) {
    Json ranges = Json::array();
    for (const Range& range : token) ranges.push_back(rangeJson(range));
    numbers.push_back(ranges);
  }
  for (const Band& band : coverage.bands) bands.push_back({band.upToMs, band.low, band.high});
  Json json{{"op", coverage.op},  {"rows", coverage.rows}, {"flops", rangeJson(coverage.flops)}, {"bytes", rangeJson(coverage.bytes)},
            {"numbers", numbers}, {"bands", bands},        {"spread", coverage.spread}};
  if (!coverage.bandsInside.empty()) {
    Json inside = Json::array();
    for (const Band& band : coverage.bandsInside) inside.push_back({band.upToMs, band.low, band.high});
    json["bands_inside"] = inside;
  }
  if (coverage.transfer) {
    Json devices = Json::array();
    for (const auto& [device, weight] : coverage.transfer->devices) devices.push_back({device, weight});
    json["transfer"] = {{"offset", coverage.transfer->offset}, {"devices", devices}};
  }
  return json;
}

Json print(const DeviceEntryInfo& device) {
  Json coverage = Json::array();
  for (const auto& entry : device.coverage) coverage.push_back(print(entry));
  const Analytic& a = device.analytic;
  Json json{
      {"name", device.name},
      {"title", device.title},
      {"source", device.source},
      {"versions", device.versions},
      {"spec",
       {{"gflops", device.spec.gflops}, {"gbytes", device.spec.gbytes}, {"units", device.spec.units}, {"cache_mib", device.spec.cacheMiB}}},
      {"analytic",
       {{"launch_ms", a.launchMs}, {"ms_per_flop", a.msPerFlop}, {"ms_per_byte", a.msPerByte}, {"low", a.low}, {"high", a.high}}},
      {"coverage", coverage}};
  if (device.basis) json["basis"] = true;
  if (device.totals) json["totals"] = {{"networks", device.totals->networks}, {"shared_error", device.totals->shared}};
  return json;
}

/// Takes JSON apart; the first thing that is missing or of a wrong kind makes failed() true and everything
/// after it a default.
class Reader {
public:
  explicit Reader(const Json& value) : value_(value) {}
  bool failed() const { return failed_; }
  void fail() { failed_ = true; }

  const Json& at(const Json& object, const char* key) {
    static const Json nothing;
    if (object.is_object()) {
      if (const auto found = object.find(key); found != object.end()) return *found;
    }
    failed_ = true;
    return nothing;
  }
  std::string text(const Json& object, const char* key) {
    const Json& value = at(object, key);
    if (value.is_string()) return value.get<std::string>();
    failed_ = true;
    return {};
  }
  double number(const Json& value) {
    if (value.is_number() && std::isfinite(value.get<double>())) return value.get<double>();
    failed_ = true;
    return 0;
  }
  double number(const Json& object, const char* key) { return number(at(object, key)); }
  int integer(const Json& value, int low, int high) {
    if (value.is_number_integer()) {
      const auto v = value.get<std::int64_t>();
      if (v >= low && v <= high) return static_cast<int>(v);
    }
    failed_ = true;
    return low;
  }
  int integer(const Json& object, const char* key, int low, int high) { return integer(at(object, key), low, high); }
  const Json& list(const Json& object, const char* key) {
    static const Json nothing = Json::array();
    const Json& value = at(object, key);
    if (value.is_array() && value.size() <= kMaxEntries) return value;
    failed_ = true;
    return nothing;
  }
  Range range(const Json& value) {
    if (!value.is_array() || value.size() != 2) {
      failed_ = true;
      return {};
    }
    return {number(value[0]), number(value[1])};
  }
  const Json& root() const { return value_; }

private:
  const Json& value_;
  bool failed_ = false;
};

std::vector<std::string> texts(Reader& read, const Json& list) {
  std::vector<std::string> out;
  for (const Json& item : list) {
    if (!item.is_string()) {
      read.fail();
      return out;
    }
    out.push_back(item.get<std::string>());
  }
  return out;
}

Vocabulary readVocabulary(Reader& read, const Json& json) {
  Vocabulary vocabulary;
  for (const Json& item : read.list(json, "parameters")) {
    ParameterEntry entry{.name = read.text(item, "name"), .slots = read.integer(item, "slots", 0, 64)};
    entry.categories = texts(read, read.list(item, "categories"));
    vocabulary.parameters.push_back(std::move(entry));
  }
  for (const Json& item : read.list(json, "operators")) {
    OperatorEntry entry{.name = read.text(item, "name")};
    for (const Json& token : read.list(item, "tokens")) entry.tokens.push_back(read.integer(token, 0, kMaxEntries));
    for (const Json& fixed : read.list(item, "fixed")) {
      FixedToken token{.parameter = read.integer(fixed, "parameter", 0, kMaxEntries)};
      if (fixed.is_object() && fixed.contains("same_as")) {
        token.sameAs = read.integer(fixed, "same_as", 0, kMaxEntries);
      } else {
        token.category = read.text(fixed, "category");
        for (const Json& n : read.list(fixed, "numbers")) token.numbers.push_back(static_cast<std::int64_t>(read.number(n)));
      }
      entry.fixed.push_back(std::move(token));
    }
    vocabulary.operators.push_back(std::move(entry));
  }
  return vocabulary;
}

Transfer readTransfer(Reader& read, const Json& json) {
  Transfer transfer{.offset = read.number(json, "offset")};
  for (const Json& item : read.list(json, "devices")) {
    if (!item.is_array() || item.size() != 2) {
      read.fail();
      break;
    }
    transfer.devices.emplace_back(read.integer(item[0], 0, kMaxEntries), read.number(item[1]));
  }
  return transfer;
}

std::vector<Band> readBands(Reader& read, const Json& json) {
  std::vector<Band> bands;
  for (const Json& band : json) {
    if (!band.is_array() || band.size() != 3) {
      read.fail();
      break;
    }
    bands.push_back({read.number(band[0]), read.number(band[1]), read.number(band[2])});
  }
  return bands;
}

OperatorCoverage readCoverage(Reader& read, const Json& json, int operators) {
  OperatorCoverage coverage{.op = read.integer(json, "op", 0, operators - 1), .rows = read.integer(json, "rows", 0, INT32_MAX)};
  coverage.flops = read.range(read.at(json, "flops"));
  coverage.bytes = read.range(read.at(json, "bytes"));
  for (const Json& token : read.list(json, "numbers")) {
    std::vector<Range> ranges;
    if (token.is_array()) {
      for (const Json& range : token) ranges.push_back(read.range(range));
    }
    coverage.numbers.push_back(std::move(ranges));
  }
  coverage.bands = readBands(read, read.list(json, "bands"));
  if (json.contains("bands_inside")) coverage.bandsInside = readBands(read, read.list(json, "bands_inside"));
  if (json.contains("spread")) coverage.spread = read.number(json, "spread");
  if (json.contains("transfer")) coverage.transfer = readTransfer(read, json["transfer"]);
  return coverage;
}

DeviceEntryInfo readDevice(Reader& read, const Json& json, int operators) {
  DeviceEntryInfo device{.name = read.text(json, "name"),
                         .title = read.text(json, "title"),
                         .source = read.text(json, "source"),
                         .versions = read.text(json, "versions")};
  if (const auto basis = json.is_object() ? json.find("basis") : json.end(); basis != json.end()) {
    if (basis->is_boolean()) {
      device.basis = basis->get<bool>();
    } else {
      read.fail();
    }
  }
  const Json& spec = read.at(json, "spec");
  device.spec = {read.number(spec, "gflops"), read.number(spec, "gbytes"), read.number(spec, "units"), read.number(spec, "cache_mib")};
  const Json& a = read.at(json, "analytic");
  device.analytic = {read.number(a, "launch_ms"), read.number(a, "ms_per_flop"), read.number(a, "ms_per_byte"), read.number(a, "low"),
                     read.number(a, "high")};
  if (json.is_object() && json.contains("totals")) {
    const Json& totals = json["totals"];
    device.totals = {.networks = read.integer(totals, "networks", 1, INT32_MAX), .shared = read.number(totals, "shared_error")};
  }
  for (const Json& item : read.list(json, "coverage")) device.coverage.push_back(readCoverage(read, item, operators));
  std::ranges::sort(device.coverage, {}, &OperatorCoverage::op);
  return device;
}

bool sane(const DeviceEntryInfo& device) {
  const DeviceSpec& s = device.spec;
  const Analytic& a = device.analytic;
  return !device.name.empty() && s.gflops > 0 && s.gbytes > 0 && s.units > 0 && s.cacheMiB > 0 && a.launchMs >= 0 && a.msPerFlop >= 0 &&
         a.msPerByte >= 0 && a.low > 0 && a.high >= a.low && (!device.totals || (device.totals->shared >= 0 && device.totals->shared <= 1));
}

bool fits(const DeviceEntryInfo& device, const Vocabulary& vocabulary) {
  for (const OperatorCoverage& c : device.coverage) {
    if (c.numbers.size() != vocabulary.operators[static_cast<std::size_t>(c.op)].tokens.size()) return false;
    if (c.spread < 0) return false;
    const auto upright = [](const Band& b) { return b.low > 0 && b.high >= b.low; };
    if (!std::ranges::all_of(c.bands, upright) || !std::ranges::all_of(c.bandsInside, upright)) return false;
  }
  return true;
}

} // namespace

const OperatorCoverage* DeviceEntryInfo::find(int op) const {
  const auto found = std::ranges::lower_bound(coverage, op, {}, &OperatorCoverage::op);
  return found != coverage.end() && found->op == op ? &*found : nullptr;
}

int Model::deviceIndex(std::string_view name) const {
  const auto found = std::ranges::find(devices, name, &DeviceEntryInfo::name);
  return found == devices.end() ? -1 : static_cast<int>(found - devices.begin());
}

std::string memberTensor(int member, const std::string& name) {
  return member == 0 || isStatistic(name) ? name : "member" + std::to_string(member) + "." + name;
}

std::vector<std::pair<std::string, std::vector<std::int64_t>>> tensorShapes(const Model& model) {
  const std::int64_t width = model.architecture.width, inner = model.architecture.inner, hidden = model.architecture.hidden;
  const auto operators = static_cast<std::int64_t>(model.vocabulary.operators.size());
  const auto devices = static_cast<std::int64_t>(model.devices.size());
  constexpr std::int64_t facts = kCallFacts + kDeviceFacts;
  std::vector<std::pair<std::string, std::vector<std::int64_t>>> shapes{
      {"facts.mean", {facts}},
      {"facts.scale", {facts}},
      {"slot.weight", {model.vocabulary.slots(), kNumberWidth, width}},
      {"parameter.vector", {static_cast<std::int64_t>(model.vocabulary.parameters.size()), width}},
      {"category.vector", {model.vocabulary.categories(), width}},
      {"operator.vector", {operators, width}},
      {"operator.token", {operators, width}},
      {"device.vector", {devices, width}},
      {"facts.weight", {facts, width}},
  };
  for (int i = 0; i < model.architecture.layers; ++i) {
    const std::string layer = "layer" + std::to_string(i) + ".";
    for (auto& [name, shape] : std::vector<std::pair<std::string, std::vector<std::int64_t>>>{{"norm1.weight", {width}},
                                                                                              {"norm1.bias", {width}},
                                                                                              {"qkv.weight", {width, 3 * width}},
                                                                                              {"qkv.bias", {3 * width}},
                                                                                              {"out.weight", {width, width}},
                                                                                              {"out.bias", {width}},
                                                                                              {"norm2.weight", {width}},
                                                                                              {"norm2.bias", {width}},
                                                                                              {"up.weight", {width, inner}},
                                                                                              {"up.bias", {inner}},
                                                                                              {"down.weight", {inner, width}},
                                                                                              {"down.bias", {width}}}) {
      shapes.emplace_back(layer + name, shape);
    }
  }
  shapes.insert(shapes.end(), {{"norm.weight", {width}},
                               {"norm.bias", {width}},
                               {"head.up.weight", {width + facts, hidden}},
                               {"head.up.bias", {hidden}},
                               {"head.down.weight", {hidden, kTerms}},
                               {"head.operator", {operators, kTerms}},
                               {"head.device", {devices, kTerms}}});
  if (model.context) shapes.push_back({"head.context", {devices, operators * model.context * kTerms}});
  return shapes;
}

namespace {

/// The least that a program must read to answer as meant: one that knows no members would answer with the first alone.
int formatOf(const Model& model) {
  const auto totals = [](const DeviceEntryInfo& device) { return device.totals.has_value(); };
  if (model.context || std::ranges::any_of(model.devices, totals)) return 4;
  const auto follows = [](const DeviceEntryInfo& device) {
    return device.basis || std::ranges::any_of(device.coverage, [](const OperatorCoverage& c) { return c.transfer.has_value(); });
  };
  if (std::ranges::any_of(model.devices, follows)) return 3;
  return model.members > 1 ? 2 : 1;
}

} // namespace

std::string printModel(const Model& model) {
  const Architecture& a = model.architecture;
  Json devices = Json::array(), errors = Json::array();
  for (const auto& device : model.devices) devices.push_back(print(device));
  for (const ErrorLine& e : model.errors) {
    errors.push_back({{"op", e.op},
                      {"device", e.device},
                      {"rows", e.rows},
                      {"mape", e.mape},
                      {"within1", e.within1},
                      {"within5", e.within5},
                      {"within10", e.within10},
                      {"covered", e.covered},
                      {"floor", e.floor}});
  }
  Json json{{"format", formatOf(model)},
            {"variant", kVariant},
            {"title", model.title},
            {"date", model.date},
            {"registry", model.registry},
            {"architecture", {{"width", a.width}, {"layers", a.layers}, {"heads", a.heads}, {"inner", a.inner}, {"hidden", a.hidden}}},
            {"members", model.members},
            {"shared_error", model.shared},
            {"vocabulary", print(model.vocabulary)},
            {"devices", devices},
            {"errors", errors}};
  if (model.context) json["context"] = model.context;
  std::vector<format::StoredTensor> stored;
  for (int member = 0; member < model.members; ++member) {
    for (const auto& [name, shape] : tensorShapes(model)) {
      if (member > 0 && isStatistic(name)) continue;
      const std::string full = memberTensor(member, name);
      stored.push_back(
          {full, shape, model.tensors.at(full).values, isStatistic(name) ? format::Storage::Float32 : format::Storage::Float16});
    }
  }
  std::map<std::string, std::string> metadata{{kKey, json.dump()}};
  if (!model.training.empty()) metadata[kTrainingKey] = model.training;
  return format::printSafetensors(metadata, stored);
}

std::variant<Model, std::string> readModel(format::Document document, std::string_view name) {
  const std::string file = "'" + std::string(name) + "' ";
  const auto found = document.metadata.find(kKey);
  if (found == document.metadata.end()) return file + "is not a profile: its metadata has no '" + kKey + "'";
  const Json json = Json::parse(found->second, nullptr, /*allow_exceptions=*/false);
  if (!json.is_object()) return file + "has metadata that is not JSON";
  Reader read(json);
  const int version = read.integer(json, "format", 1, INT32_MAX);
  if (read.failed()) return file + "does not say which format it has";
  if (version > kModelFormat) {
    return file + "has format " + std::to_string(version) + "; this program reads up to " + std::to_string(kModelFormat);
  }
  if (const std::string variant = read.text(json, "variant"); variant != kVariant) {
    return file + "holds a model of the variant '" + variant + "', which this program can't run";
  }
  Model model;
  model.title = read.text(json, "title");
  model.date = read.text(json, "date");
  model.registry = read.text(json, "registry");
  model.shared = read.number(json, "shared_error");
  if (json.contains("members")) model.members = read.integer(json, "members", 1, kMaxMembers);
  if (json.contains("context")) model.context = read.integer(json, "context", 1, kContext);
  const Json& a = read.at(json, "architecture");
  model.architecture = {read.integer(a, "width", 16, kMaxWidth), read.integer(a, "layers", 1, kMaxLayers), read.integer(a, "heads", 1, 64),
                        read.integer(a, "inner", 16, 4 * kMaxWidth), read.integer(a, "hidden", 16, 4 * kMaxWidth)};
  model.vocabulary = readVocabulary(read, read.at(json, "vocabulary"));
  const int operators = static_cast<int>(model.vocabulary.operators.size());
  for (const Json& item : read.list(json, "devices")) model.devices.push_back(readDevice(read, item, operators));
  for (const Json& item : read.list(json, "errors")) {
    model.errors.push_back({read.text(item, "op"), read.text(item, "device"), read.integer(item, "rows", 0, INT32_MAX),
                            read.number(item, "mape"), read.number(item, "within1"), read.number(item, "within5"),
                            read.number(item, "within10"), read.number(item, "covered"), read.number(item, "floor")});
  }
  if (read.failed()) return file + "has metadata in which something is missing or of a wrong kind";
  const Architecture& arch = model.architecture;
  if (arch.width % arch.heads != 0 || arch.width % 16 != 0 || arch.inner % 16 != 0 || arch.hidden % 16 != 0) {
    return file + "has layer sizes that don't divide as they must";
  }
  if (model.shared < 0 || model.shared > 1) return file + "has a shared error outside 0 to 1";
  if (!model.vocabulary.index()) return file + "has a vocabulary whose indices or names don't fit";
  if (std::ranges::all_of(model.devices, &DeviceEntryInfo::basis)) return file + "names no device";
  for (const auto& device : model.devices) {
    if (!sane(device)) return file + "has a device '" + device.name + "' whose figures make no sense";
    if (!fits(device, model.vocabulary)) return file + "has ranges or bands of '" + device.name + "' that don't fit its operators";
  }
  if (!transfersFit(model.devices)) return file + "has a device whose times follow from others that cannot answer";
  for (int member = 0; member < model.members; ++member) {
    for (const auto& [tensor, shape] : tensorShapes(model)) {
      const std::string full = memberTensor(member, tensor);
      if (!document.find(full, shape)) return file + "has no tensor '" + full + "' of the shape its metadata asks for";
    }
  }
  if (const auto training = document.metadata.find(kTrainingKey); training != document.metadata.end()) model.training = training->second;
  model.tensors = std::move(document.tensors);
  return model;
}

} // namespace cobra::infer
