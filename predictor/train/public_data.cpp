#include "predictor/train/public_data.h"

#include "predictor/format/text_file.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cmath>
#include <functional>
#include <map>

namespace cobra::train {
namespace {

using Json = nlohmann::ordered_json;
using Fields = std::map<std::string, std::string, std::less<>>;

std::optional<std::int64_t> integer(const Fields& fields, std::string_view name) {
  const auto found = fields.find(name);
  std::int64_t value = 0;
  if (found == fields.end()) return std::nullopt;
  const auto& text = found->second;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<double> number(const Fields& fields, std::string_view name) {
  const auto found = fields.find(name);
  if (found == fields.end()) return std::nullopt;
  double value = 0;
  const auto& text = found->second;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

/// "f32[{batch},{h}]" with every {name} replaced by the row's field; nothing if one is missing.
std::optional<std::string> filled(std::string_view pattern, const Fields& fields) {
  std::string text;
  while (!pattern.empty()) {
    const std::size_t open = pattern.find('{');
    text += pattern.substr(0, open);
    if (open == std::string_view::npos) break;
    const std::size_t close = pattern.find('}', open);
    const auto found = fields.find(pattern.substr(open + 1, close - open - 1));
    if (found == fields.end()) return std::nullopt;
    text += found->second;
    pattern.remove_prefix(close + 1);
  }
  return text;
}

using Patterns = std::vector<std::string>;
/// Adds derived fields and says which calls the row stands for; empty if the row makes no sense.
using Rule = Patterns (*)(Fields&);

void addActivation(const Fields& fields, const std::string& shape, Patterns& calls) {
  const auto activation = fields.find("activation");
  if (activation == fields.end() || activation->second == "none") return;
  calls.push_back("aten::" + activation->second + "(self=f32[" + shape + "])");
}

/// TensorFlow pads "same" with max((ceil(n/s)-1)s + k - n, 0) zeros, one more at the end than at the front
/// where that is odd. LibTorch's conv2d pads both sides alike, so an odd total is written as the call that
/// makes the extra row and column: constant_pad_nd, as one would write it in C++ (and as TensorFlow itself
/// ran it, at the price of a copy).
Patterns tfConv2d(Fields& fields) {
  const auto size = integer(fields, "in_size"), kernel = integer(fields, "kernel"), stride = integer(fields, "stride");
  const auto same = integer(fields, "same_padding"), bias = integer(fields, "bias");
  if (!size || !kernel || !stride || !same || !bias || *stride < 1 || *kernel < 1 || *size < 1) return {};
  const std::int64_t wanted = (*size + *stride - 1) / *stride;
  const std::int64_t total = *same ? std::max<std::int64_t>((wanted - 1) * *stride + *kernel - *size, 0) : 0;
  const std::int64_t extra = total % 2;
  const std::int64_t padded = *size + extra;
  const std::int64_t out = (padded + 2 * (total / 2) - *kernel) / *stride + 1;
  if (out < 1) return {};
  fields["padding"] = std::to_string(total / 2);
  fields["padded"] = std::to_string(padded);
  fields["out"] = std::to_string(out);
  Patterns calls;
  if (extra) {
    calls.push_back("aten::constant_pad_nd(self=f32[{batch},{in_channels},{in_size},{in_size}],pad=[0,1,0,1],value=0)");
  }
  calls.push_back(std::string("aten::conv2d(input=f32[{batch},{in_channels},{padded},{padded}],"
                              "weight=f32[{out_channels},{in_channels},{kernel},{kernel}],bias=") +
                  (*bias ? "f32[{out_channels}]" : "None") +
                  ",stride=[{stride},{stride}],padding=[{padding},{padding}],dilation=[1,1],groups=1)");
  addActivation(fields, "{batch},{out_channels},{out},{out}", calls);
  return calls;
}

Patterns tfLinear(Fields& fields) {
  Patterns calls{"aten::linear(input=f32[{batch},{in_features}],weight=f32[{out_features},{in_features}],"
                 "bias=f32[{out_features}])"};
  addActivation(fields, "{batch},{out_features}", calls);
  return calls;
}

template <const char* const* Pattern> Patterns oneCall(Fields&) { return {*Pattern}; }

constexpr const char* kConv = "aten::conv2d(input=f32[{batch},{in_channels},{in_size},{in_size}],"
                              "weight=f32[{out_channels},{in_channels},{kernel},{kernel}],bias=None,stride=[{stride},{stride}],"
                              "padding=[{padding},{padding}],dilation=[1,1],groups=1)";
constexpr const char* kLinear = "aten::linear(input=f32[{m},{k}],weight=f32[{n},{k}],bias=f32[{n}])";
constexpr const char* kBmm = "aten::bmm(self=f32[{batch},{m},{k}],mat2=f32[{batch},{k},{n}])";
constexpr const char* kRelu = "aten::relu(self=f32[{batch},{h}])";
constexpr const char* kGelu = "aten::gelu(self=f32[{batch},{h}],approximate='none')";
constexpr const char* kTanh = "aten::tanh(self=f32[{batch},{h}])";
constexpr const char* kSoftmax = "aten::softmax.int(self=f32[{batch},{h}],dim=-1,dtype=None)";
constexpr const char* kNorm = "aten::layer_norm(input=f32[{batch},{h}],normalized_shape=[{h}],weight=f32[{h}],bias=f32[{h}],"
                              "eps=1e-05,cudnn_enable=True)";
constexpr const char* kAdd = "aten::add.Tensor(self=f32[{batch},{h}],other=f32[{batch},{h}],alpha=1)";
constexpr const char* kMul = "aten::mul.Tensor(self=f32[{batch},{h}],other=f32[{batch},{h}])";
constexpr const char* kDiv = "aten::div.Tensor(self=f32[{batch},{h}],other=f32[{batch},{h}])";
constexpr const char* kPow = "aten::pow.Tensor_Tensor(self=f32[{batch},{h}],exponent=f32[{batch},{h}])";
// The scalar itself is not in the tables; 2 stands for it.
constexpr const char* kAddScalar = "aten::add.Scalar(self=f32[{batch},{h}],other=2,alpha=1)";
constexpr const char* kMulScalar = "aten::mul.Scalar(self=f32[{batch},{h}],other=2)";
constexpr const char* kDivScalar = "aten::div.Scalar(self=f32[{batch},{h}],other=2)";
constexpr const char* kPowScalar = "aten::pow.Tensor_Scalar(self=f32[{batch},{h}],exponent=2)";

constexpr std::string_view kTensorFlow = "TensorFlow 1.x, 2018, CDECatapult/ml-performance-prediction, Apache-2.0";
constexpr std::string_view kPyTorch = "PyTorch 2.1, cuDNN 8.9, sitar-lab/NeuSight, MIT";

struct KindEntry {
  std::string_view name;
  Rule rule;
  std::string_view time, spread; // column names
  std::string_view origin;
  bool drifts = false; // times grow along the run, so rows say when they were timed
};
constexpr KindEntry kKinds[] = {
    {"tf-conv2d", tfConv2d, "median_ms", "std_ms", kTensorFlow},        {"tf-linear", tfLinear, "median_ms", "std_ms", kTensorFlow},
    {"pytorch21-conv", oneCall<&kConv>, "mean_ms", "", kPyTorch, true}, {"pytorch21-linear", oneCall<&kLinear>, "mean_ms", "", kPyTorch},
    {"pytorch21-bmm", oneCall<&kBmm>, "mean_ms", "", kPyTorch},         {"pytorch21-relu", oneCall<&kRelu>, "mean_ms", "", kPyTorch},
    {"pytorch21-gelu", oneCall<&kGelu>, "mean_ms", "", kPyTorch},       {"pytorch21-tanh", oneCall<&kTanh>, "mean_ms", "", kPyTorch},
    {"pytorch21-softmax", oneCall<&kSoftmax>, "mean_ms", "", kPyTorch}, {"pytorch21-ln", oneCall<&kNorm>, "mean_ms", "", kPyTorch},
    {"pytorch21-add", oneCall<&kAdd>, "mean_ms", "", kPyTorch},         {"pytorch21-mul", oneCall<&kMul>, "mean_ms", "", kPyTorch},
    {"pytorch21-div", oneCall<&kDiv>, "mean_ms", "", kPyTorch},         {"pytorch21-pow", oneCall<&kPow>, "mean_ms", "", kPyTorch},
    {"pytorch21-addu", oneCall<&kAddScalar>, "mean_ms", "", kPyTorch},  {"pytorch21-mulu", oneCall<&kMulScalar>, "mean_ms", "", kPyTorch},
    {"pytorch21-divu", oneCall<&kDivScalar>, "mean_ms", "", kPyTorch},  {"pytorch21-powu", oneCall<&kPowScalar>, "mean_ms", "", kPyTorch},
};

struct DeviceAlias {
  std::string_view published, ours;
};
constexpr DeviceAlias kDevices[] = {
    {"NVIDIA A100 80GB PCIe", "a100-pytorch21"}, {"NVIDIA A100-PCIE-40GB", "a100-pytorch21"},
    {"Tesla V100-PCIE-32GB", "v100-pytorch21"},  {"Tesla T4", "t4-pytorch21"},
    {"Tesla P100-PCIE-16GB", "p100-pytorch21"},  {"Tesla P4", "p4-pytorch21"},
};

/// "NVIDIA L4" -> "nvidia-l4-pytorch21": tables of devices that no profile knows can be read, too.
std::string deviceName(std::string_view published) {
  const auto* alias = std::ranges::find(kDevices, published, &DeviceAlias::published);
  if (alias != std::end(kDevices)) return std::string(alias->ours);
  std::string name;
  for (const char c : published) {
    if (std::isalnum(static_cast<unsigned char>(c))) {
      name += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    } else if (!name.empty() && name.back() != '-') {
      name += '-';
    }
  }
  if (name.ends_with('-')) name.pop_back();
  return name.empty() ? name : name + "-pytorch21";
}

std::vector<std::string> split(std::string_view line) {
  std::vector<std::string> cells;
  while (true) {
    const std::size_t comma = line.find(',');
    cells.emplace_back(line.substr(0, comma));
    if (comma == std::string_view::npos) return cells;
    line.remove_prefix(comma + 1);
  }
}

/// Calls that were timed on several devices become one line.
class Collector {
public:
  void add(const std::vector<std::string>& calls, const std::string& device, double ms, std::optional<double> std) {
    auto at = std::ranges::find(devices_, device);
    if (at == devices_.end()) at = devices_.insert(at, device);
    const auto index = static_cast<std::size_t>(at - devices_.begin());
    counts_.resize(devices_.size(), 0);
    const std::size_t place = counts_[index]++;
    std::string key;
    for (const auto& call : calls) key += call + '\n';
    auto [slot, isNew] = groups_.try_emplace(key, std::vector<std::size_t>{});
    for (const std::size_t line : slot->second) { // a shape that one device timed twice takes a second line
      if (!lines_[line].times.contains(index)) {
        lines_[line].times[index] = {ms, std, place};
        return;
      }
    }
    slot->second.push_back(lines_.size());
    lines_.push_back({calls, {{index, {ms, std, place}}}});
  }

  std::string print(const KindEntry& kind) const {
    Json header{{"schema", "cobra.rows/1"},
                {"title", std::string(kind.name) + " (public data)"},
                {"source", "public"},
                {"origin", kind.origin},
                {"command", "cobra-train import-public " + std::string(kind.name)},
                {"devices", devices_}};
    std::string text = header.dump() + '\n';
    for (const Line& line : lines_) {
      Json ms = Json::array(), std = Json::array();
      bool spread = false;
      for (std::size_t d = 0; d < devices_.size(); ++d) {
        const auto found = line.times.find(d);
        ms.push_back(found == line.times.end() ? Json() : Json(found->second.ms));
        const bool has = found != line.times.end() && found->second.std.has_value();
        std.push_back(has ? Json(*found->second.std) : Json());
        spread = spread || has;
      }
      Json row{{"calls", line.calls}, {"ms", ms}};
      if (spread) row["std"] = std;
      if (kind.drifts) row["at"] = when(line);
      text += row.dump() + '\n';
    }
    return text;
  }

private:
  struct Time {
    double ms;
    std::optional<double> std;
    std::size_t place; // among the device's rows
  };
  struct Line {
    std::vector<std::string> calls;
    std::map<std::size_t, Time> times; // by device
  };
  /// Where in the runs of its devices, 0 to 1; four digits.
  double when(const Line& line) const {
    double sum = 0;
    for (const auto& [device, time] : line.times) sum += (static_cast<double>(time.place) + 0.5) / static_cast<double>(counts_[device]);
    return std::round(1e4 * sum / static_cast<double>(line.times.size())) / 1e4;
  }
  std::vector<std::string> devices_;
  std::vector<std::size_t> counts_; // rows of each
  std::vector<Line> lines_;
  std::map<std::string, std::vector<std::size_t>, std::less<>> groups_;
};

} // namespace

std::vector<std::string> publicKinds() {
  std::vector<std::string> names;
  for (const auto& kind : kKinds) names.emplace_back(kind.name);
  return names;
}

std::variant<std::string, RowError> importPublic(const ImportRequest& request) {
  const auto* kind = std::ranges::find(kKinds, std::string_view(request.kind), &KindEntry::name);
  if (kind == std::end(kKinds)) return RowError{"there is no kind of table named '" + request.kind + "'"};
  const auto read = readText(request.file);
  if (const auto* error = std::get_if<TextFileError>(&read)) return RowError{error->sentence};
  const auto& whole = std::get<TextRead>(read);
  if (whole.torn) return RowError{"'" + request.file.string() + "' ends in the middle of its gzip stream"};
  std::string_view text = whole.text;
  std::vector<std::string> columns;
  Collector collector;
  for (std::size_t line = 1; !text.empty(); ++line) {
    const std::size_t end = text.find('\n');
    std::string_view row = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (row.ends_with('\r')) row.remove_suffix(1);
    if (row.empty()) continue;
    const auto cells = split(row);
    if (columns.empty()) {
      columns = cells;
      continue;
    }
    const auto fail = [&](const std::string& what) {
      return RowError{"'" + request.file.string() + "' line " + std::to_string(line) + ": " + what};
    };
    if (cells.size() != columns.size()) return fail("it has " + std::to_string(cells.size()) + " cells");
    Fields fields;
    for (std::size_t i = 0; i < cells.size(); ++i) fields[columns[i]] = cells[i];
    const auto ms = number(fields, kind->time);
    if (!ms || !(*ms > 0)) return fail("its time is not a positive number");
    std::string device = request.device;
    if (const auto published = fields.find("device"); published != fields.end()) {
      device = deviceName(published->second);
    }
    if (device.empty()) return fail("the table names no device: give it with --device");
    std::vector<std::string> calls;
    for (const std::string& pattern : kind->rule(fields)) {
      auto call = filled(pattern, fields);
      if (!call) return fail("a column that '" + request.kind + "' needs is missing");
      calls.push_back(std::move(*call));
    }
    if (calls.empty()) return fail("the layer has no output");
    collector.add(calls, device, *ms, kind->spread.empty() ? std::nullopt : number(fields, kind->spread));
  }
  return collector.print(*kind);
}

} // namespace cobra::train
