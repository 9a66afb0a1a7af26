// Upsampling, interpolation and grid sampling (torch/nn/functional/upsampling.h, vision.h).
#include "analyzer/models/torch_layer.h"

#include "llvm/ADT/StringMap.h"

#include <cmath>

namespace cobra::interp::torch_model {

namespace {
/// An operator for each number of spatial dimensions, null where the mode has none.
struct Mode {
  const char* ops[3];      // 1-D, 2-D, 3-D
  const char* antialiased; // 2-D
  bool aligned;            // takes align_corners
};
const llvm::StringMap<Mode>& modes() {
  static const llvm::StringMap<Mode> table = {
      {"Nearest", {{"aten::upsample_nearest1d", "aten::upsample_nearest2d", "aten::upsample_nearest3d"}, nullptr, false}},
      {"NearestExact",
       {{"aten::_upsample_nearest_exact1d", "aten::_upsample_nearest_exact2d", "aten::_upsample_nearest_exact3d"}, nullptr, false}},
      {"Linear", {{"aten::upsample_linear1d", nullptr, nullptr}, nullptr, true}},
      {"Bilinear", {{nullptr, "aten::upsample_bilinear2d", nullptr}, "aten::_upsample_bilinear2d_aa", true}},
      {"Bicubic", {{nullptr, "aten::upsample_bicubic2d", nullptr}, "aten::_upsample_bicubic2d_aa", true}},
      {"Trilinear", {{nullptr, nullptr, "aten::upsample_trilinear3d"}, nullptr, true}},
      {"Area", {{"aten::adaptive_avg_pool1d", "aten::adaptive_avg_pool2d", "aten::adaptive_avg_pool3d"}, nullptr, false}}};
  return table;
}
bool absent(const Value& v) { return isNothing(v) || std::holds_alternative<NullOpt>(v); }

Value interpolate(const Layer& l) {
  const Value input = l.input(), asked = l.value("size"), factor = l.value("scale_factor");
  Tensor* t = tensorOf(input);
  if (!t) return l.ev.unknown(l.at, "the input of an interpolation is not known", reason(input));
  const std::int64_t rank = t->type.rank();
  const std::string name = l.enumerator("mode");
  auto mode = modes().find(name);
  if (mode == modes().end()) return l.ev.unknown(l.at, "the mode of an interpolation is not known");
  if (rank < 3 || rank > 5) l.ev.raise(l.at, "Input Error: Only 3D, 4D and 5D input Tensors supported (got " + std::to_string(rank) + "D)");
  if (absent(asked) && absent(factor)) l.ev.raise(l.at, "either size or scale_factor should be defined");
  if (!absent(asked) && !absent(factor)) l.ev.raise(l.at, "only one of size or scale_factor should be defined");
  const bool antialias = l.isSet("antialias") && mode->second.antialiased && rank == 4;
  const char* op = antialias ? mode->second.antialiased : mode->second.ops[rank - 3];
  if (!op) {
    int needed = name == "Linear" ? 3 : name == "Trilinear" ? 5 : 4;
    std::string lower = name;
    lower[0] = static_cast<char>(std::tolower(lower[0]));
    l.ev.raise(l.at, "Got " + std::to_string(rank) + "D input, but " + lower + " mode needs " + std::to_string(needed) + "D input");
  }
  const auto dims = static_cast<std::size_t>(rank - 2);
  Values scales(dims, none());
  Value size = asked;
  if (!absent(factor)) {
    Object* factors = asObject(factor);
    if (!factors || factors->kind != Object::Kind::Sequence)
      return l.ev.unknown(l.at, "the scale factor of an interpolation is not known", reason(factor));
    if (factors->items.size() != dims)
      l.ev.raise(l.at, "scale_factor shape must match input shape. Input is " + std::to_string(dims) + "D, scale_factor size is " +
                           std::to_string(factors->items.size()));
    Ints sizes;
    for (std::size_t i = 0; i < dims; ++i) {
      std::optional<double> scale = l.ev.number(factors->items[i]->value());
      if (!scale) return l.ev.unknown(l.at, "the scale factor of an interpolation is not known", reason(factors->items[i]->value()));
      sizes.push_back(static_cast<std::int64_t>(std::floor(static_cast<double>(t->type.shape[i + 2]) * *scale)));
      if (!l.isSet("recompute_scale_factor")) scales[i] = *scale;
    }
    size = list(l.ev, sizes);
  }
  Values arguments = {input, expandedValue(l.ev, size, dims)};
  if (name == "Area") return l.run(op, std::move(arguments));
  if (mode->second.aligned) arguments.push_back(boolean(l.isSet("align_corners")));
  arguments.insert(arguments.end(), scales.begin(), scales.end());
  return l.run(op, std::move(arguments));
}

Value gridSample(const Layer& l) {
  const std::string mode = l.enumerator("mode"), padding = l.enumerator("padding_mode");
  return l.run("aten::grid_sampler", {l.input(), l.input(1),
                                      integerValue(mode == "Bilinear"  ? 0
                                                   : mode == "Nearest" ? 1
                                                                       : 2),
                                      integerValue(padding == "Zeros"    ? 0
                                                   : padding == "Border" ? 1
                                                                         : 2),
                                      boolean(l.isSet("align_corners"))});
}

constexpr LayerCase cases[] = {{"Upsample", "interpolate", interpolate}, {nullptr, "grid_sample", gridSample}};
} // namespace

llvm::ArrayRef<LayerCase> samplingCases() { return cases; }

} // namespace cobra::interp::torch_model
