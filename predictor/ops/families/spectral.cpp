// Fourier transforms of signals and the windows they are cut with (ATen/native/SpectralOps.cpp).
#include "predictor/ops/families.h"
#include "predictor/ops/families/dims.h"
#include "predictor/ops/families/pointwise.h"

#include <bit>

namespace cobra::ops {
namespace {

enum class Transform : std::uint8_t { Complex, FromReal, ToReal };

/// The complex dtype that belongs to one; half precision has a transform on some devices only.
std::optional<DType> complexType(DType dtype) {
  if (dtype == DType::Float16 || dtype == DType::BFloat16) return std::nullopt;
  if (isComplex(dtype)) return dtype;
  return dtype == DType::Float64 ? DType::Complex128 : DType::Complex64;
}

/// 5 n log2(n) for each transform of n numbers.
std::int64_t transformFlops(std::int64_t elements, std::int64_t length) {
  const auto stages = static_cast<std::int64_t>(std::bit_width(static_cast<std::uint64_t>(std::max<std::int64_t>(length, 1))));
  return mulClamped(mulClamped(elements, 5), stages);
}

Misuse wrongLength(std::int64_t n) { return {"Invalid number of data points (" + std::to_string(n) + ") specified"}; }

/// Along the last of `dims` the length is halved or doubled; the others keep theirs.
Answer transform(Tensor self, const std::vector<std::int64_t>& dims, std::vector<std::int64_t> lengths, Transform kind) {
  if (kind == Transform::FromReal && isComplex(self.dtype))
    return Misuse{"rfft expects a real input tensor, but got " + messageName(self.dtype)};
  const std::optional<DType> dtype = complexType(self.dtype);
  if (!dtype) return Unknown{"self"};
  TensorType output{*dtype, self.shape};
  std::int64_t flops = 0;
  for (std::size_t i = 0; i < dims.size(); ++i) {
    const bool last = i + 1 == dims.size();
    std::int64_t& size = output.shape[static_cast<std::size_t>(dims[i])];
    const bool given = lengths[i] != -1;
    std::int64_t n = given ? lengths[i] : size;
    if (last && kind == Transform::ToReal && !given) n = 2 * (size - 1);
    if (n < 1) return wrongLength(n);
    size = last && kind == Transform::FromReal ? n / 2 + 1 : n;
    flops = addClamped(flops, transformFlops(output.elements(), n));
  }
  if (output.elements() == 0) return Misuse{"FFT error: a transform of no elements"};
  if (kind == Transform::ToReal) output.dtype = realType(*dtype);
  return Effect{{std::move(output)}, flops};
}

Answer along(Tensor self, MaybeInt n, Int dim, Transform kind) {
  if (self.shape.empty()) return Misuse{"Dimension specified as " + std::to_string(dim) + " but tensor has no dimensions"};
  if (auto misuse = wrapDim(dim, self.rank())) return *misuse;
  if (n && *n < 1) return wrongLength(*n);
  return transform(self, {dim}, {n.value_or(-1)}, kind);
}

Answer overSeveral(Tensor self, MaybeIntList s, MaybeIntList dim, Transform kind) {
  std::vector<std::int64_t> dims, lengths;
  if (dim) {
    const auto mask = dimMask(dim, self.rank());
    if (self.shape.empty() && !dim->empty())
      return Misuse{"Dimension specified as " + std::to_string(dim->front()) + " but tensor has no dimensions"};
    if (const auto* misuse = std::get_if<Misuse>(&mask)) return *misuse;
    for (Int d : *dim) dims.push_back(d < 0 ? d + self.rank() : d);
    if (s && s->size() != dims.size()) return Misuse{"When given, dim and shape arguments must have the same length"};
  } else {
    const std::int64_t count = s ? static_cast<std::int64_t>(s->size()) : self.rank();
    if (count > self.rank())
      return Misuse{"Got shape with " + std::to_string(count) + " values but input tensor only has " + std::to_string(self.rank()) +
                    " dimensions."};
    for (std::int64_t d = self.rank() - count; d < self.rank(); ++d) dims.push_back(d);
  }
  for (std::size_t i = 0; i < dims.size(); ++i) {
    const std::int64_t n = s ? (*s)[i] : -1;
    if (n != -1 && n < 1) return wrongLength(n);
    lengths.push_back(n);
  }
  if (dims.empty() && kind != Transform::Complex) return Misuse{"the transform must transform at least one axis"};
  return transform(self, dims, std::move(lengths), kind);
}

Answer shifted(Tensor self, MaybeIntList dim) {
  if (dim && dim->empty()) return Misuse{"`shifts` required"};
  if (dim)
    for (Int d : *dim)
      if (auto misuse = wrapDim(d, self.rank())) return *misuse;
  return Effect{{self}, 0};
}

struct Frames {
  Int size, hop, window;
};

std::optional<Misuse> wrongWindow(std::string_view name, const Frames& f, MaybeTensor window) {
  if (f.hop <= 0) return Misuse{std::string(name) + ": expected hop_length > 0, but got hop_length=" + std::to_string(f.hop)};
  if (f.window <= 0 || f.window > f.size)
    return Misuse{std::string(name) + ": expected 0 < win_length <= n_fft, but got win_length=" + std::to_string(f.window)};
  if (window && (window->rank() != 1 || window->shape[0] != f.window))
    return Misuse{std::string(name) + ": expected a 1D window tensor of size equal to win_length=" + std::to_string(f.window) +
                  ", but got window with size " + text(window->shape)};
  return std::nullopt;
}

/// self [L] or [B, L] -> [B, frequencies, frames], complex, or real with a last dimension of 2
Answer stft(Tensor self, Frames f, MaybeTensor window, bool center, std::string_view padMode, MaybeBool onesided, MaybeBool returnComplex,
            MaybeBool alignToWindow) {
  if (alignToWindow) return Unknown{"align_to_window"};
  const bool complex = isComplex(self.dtype) || (window && isComplex(window->dtype));
  if (!isFloating(self.dtype) && !isComplex(self.dtype)) return Misuse{"stft expects a tensor of floating point or complex values"};
  if (self.rank() != 1 && self.rank() != 2) return Misuse{"stft expects a 1D or 2D tensor"};
  if (!returnComplex && !complex)
    return Misuse{"stft requires the return_complex parameter be given for real inputs, and will further require that "
                  "return_complex=True in a future PyTorch release."};
  std::int64_t length = self.shape.back();
  if (center) {
    const std::int64_t pad = f.size / 2;
    if (padMode != "reflect" && padMode != "constant" && padMode != "replicate" && padMode != "circular")
      return Misuse{"Unrecognised padding mode " + std::string(padMode)};
    if (padMode == "circular") return Unknown{"pad_mode"};
    if (padMode == "reflect" && pad >= length) return Misuse{"Padding size should be less than the corresponding input dimension"};
    length = addClamped(length, 2 * pad);
  }
  if (f.size <= 0 || f.size > length)
    return Misuse{"stft: expected 0 < n_fft <= " + std::to_string(length) + ", but got n_fft=" + std::to_string(f.size)};
  if (auto misuse = wrongWindow("stft", f, window)) return *misuse;
  if (onesided.value_or(false) && complex) return Misuse{"Cannot have onesided output if window or input is complex"};
  const std::optional<DType> dtype = complexType(window ? resultType(self, *window) : self.dtype);
  if (!dtype) return Unknown{"self"};
  if (self.elements() == 0) return Misuse{"FFT error: a transform of no elements"};
  const std::int64_t frequencies = onesided.value_or(!complex) ? f.size / 2 + 1 : f.size;
  const std::int64_t frames = 1 + (length - f.size) / f.hop;
  TensorType output{*dtype, {frequencies, frames}};
  if (self.rank() == 2) output.shape.insert(output.shape.begin(), self.shape[0]);
  const std::int64_t flops = transformFlops(output.elements(), f.size);
  if (!returnComplex.value_or(complex)) {
    output.dtype = realType(output.dtype);
    output.shape.push_back(2);
  }
  return Effect{{std::move(output)}, flops};
}

/// self complex [frequencies, frames] or with a batch before -> [L], [B, L]
Answer istft(Tensor self, Frames f, MaybeTensor window, bool center, MaybeBool onesided, MaybeInt length, bool returnComplex) {
  if (!isComplex(self.dtype))
    return Misuse{"istft requires a complex-valued input tensor matching the output from stft with "
                  "return_complex=True."};
  if (self.rank() != 2 && self.rank() != 3) return Misuse{"istft: expected a tensor with 2 or 3 dimensions"};
  if (self.elements() == 0) return Misuse{"istft: input tensor cannot be empty."};
  if (auto misuse = wrongWindow("istft", f, window)) return *misuse;
  if (f.hop > f.window) return Misuse{"istft: expected 0 < hop_length <= win_length"};
  const std::int64_t frequencies = self.shape[static_cast<std::size_t>(self.rank() - 2)], frames = self.shape.back();
  const bool half = onesided.value_or(frequencies != f.size);
  if (frequencies != (half ? f.size / 2 + 1 : f.size))
    return Misuse{"istft: expected the frequency dimension (3rd to the last) of the input tensor to match "
                  "n_fft / 2 + 1"};
  if (returnComplex && half) return Misuse{"cannot have onesided output if window or input is complex"};
  const std::int64_t whole = addClamped(f.size, mulClamped(f.hop, frames - 1));
  const std::int64_t start = center ? f.size / 2 : 0;
  const std::int64_t samples = length ? *length : (center ? whole - f.size / 2 : whole) - start;
  if (length && *length < 0) return Unknown{"length"};
  if (samples <= 0) return Misuse{"istft: nothing is left of the signal"};
  TensorType output{returnComplex ? self.dtype : realType(self.dtype), {samples}};
  if (self.rank() == 3) output.shape.insert(output.shape.begin(), self.shape[0]);
  return Effect{{std::move(output)}, transformFlops(self.elements(), f.size)};
}

Answer window(std::string_view name, Int length, MaybeScalarType dtype) {
  const DType type = dtype.value_or(DType::Float32);
  if (!isFloating(type)) return Misuse{std::string(name) + " expects floating point dtypes, got: " + messageName(type)};
  if (length < 0) return Misuse{std::string(name) + " requires non-negative window_length, got window_length=" + std::to_string(length)};
  return Effect{{{type, {length}}}, mulClamped(length, 4)};
}

Answer frequencies(Int n, Int count, MaybeScalarType dtype) {
  const DType type = dtype.value_or(DType::Float32);
  if (!isFloating(type) && !isComplex(type)) return Misuse{"fftfreq requires a floating point or complex dtype"};
  if (count < 0) return wrongLength(n);
  return Effect{{{type, {count}}}, count};
}

constexpr std::string_view signals = "self: [1..16, 2..512] | c64[1..16, 2..512]  n: None|16|64  dim: -1|0|1";
constexpr std::string_view realSignals = "self: [1..16, 2..512]  n: None|16|64  dim: -1|0|1";
constexpr std::string_view halfSpectra = "self: c64[2..16, 2..257]  n: None|16|64  dim: -1|0|1";
constexpr std::string_view images = "self: [1..4, 2..64, 2..64] | c64[1..4, 2..64, 2..64]  s: None|[8, 16]  dim: [-2, -1]|[1, 2]";
constexpr std::string_view realImages = "self: [1..4, 2..64, 2..64]  s: None|[8, 16]  dim: [-2, -1]|[1, 2]";
constexpr std::string_view halfImages = "self: c64[1..4, 2..64, 2..33]  s: None|[8, 16]  dim: [-2, -1]|[1, 2]";
constexpr std::string_view windows = "window_length: 1..1024  dtype: None|float32|float64";

constexpr auto transforms = family(
    op(
        "aten::fft_fft(Tensor self, SymInt? n=None, int dim=-1, str? norm=None) -> Tensor",
        [](Tensor self, MaybeInt n, Int dim, MaybeString) -> Answer { return along(self, n, dim, Transform::Complex); }, signals),
    op(
        "aten::fft_ifft(Tensor self, SymInt? n=None, int dim=-1, str? norm=None) -> Tensor",
        [](Tensor self, MaybeInt n, Int dim, MaybeString) -> Answer { return along(self, n, dim, Transform::Complex); }, signals),
    op(
        "aten::fft_rfft(Tensor self, SymInt? n=None, int dim=-1, str? norm=None) -> Tensor",
        [](Tensor self, MaybeInt n, Int dim, MaybeString) -> Answer { return along(self, n, dim, Transform::FromReal); }, realSignals),
    op(
        "aten::fft_irfft(Tensor self, SymInt? n=None, int dim=-1, str? norm=None) -> Tensor",
        [](Tensor self, MaybeInt n, Int dim, MaybeString) -> Answer { return along(self, n, dim, Transform::ToReal); }, halfSpectra),
    op(
        "aten::fft_hfft(Tensor self, SymInt? n=None, int dim=-1, str? norm=None) -> Tensor",
        [](Tensor self, MaybeInt n, Int dim, MaybeString) -> Answer { return along(self, n, dim, Transform::ToReal); }, halfSpectra),
    op(
        "aten::fft_ihfft(Tensor self, SymInt? n=None, int dim=-1, str? norm=None) -> Tensor",
        [](Tensor self, MaybeInt n, Int dim, MaybeString) -> Answer { return along(self, n, dim, Transform::FromReal); }, realSignals),
    op(
        "aten::fft_fft2(Tensor self, SymInt[1]? s=None, int[1] dim=[-2, -1], str? norm=None) -> Tensor",
        [](Tensor self, MaybeIntList s, IntList dim, MaybeString) -> Answer { return overSeveral(self, s, dim, Transform::Complex); },
        images),
    op(
        "aten::fft_ifft2(Tensor self, SymInt[1]? s=None, int[1] dim=[-2, -1], str? norm=None) -> Tensor",
        [](Tensor self, MaybeIntList s, IntList dim, MaybeString) -> Answer { return overSeveral(self, s, dim, Transform::Complex); },
        images),
    op(
        "aten::fft_rfft2(Tensor self, SymInt[1]? s=None, int[1] dim=[-2, -1], str? norm=None) -> Tensor",
        [](Tensor self, MaybeIntList s, IntList dim, MaybeString) -> Answer { return overSeveral(self, s, dim, Transform::FromReal); },
        realImages),
    op(
        "aten::fft_irfft2(Tensor self, SymInt[1]? s=None, int[1] dim=[-2, -1], str? norm=None) -> Tensor",
        [](Tensor self, MaybeIntList s, IntList dim, MaybeString) -> Answer { return overSeveral(self, s, dim, Transform::ToReal); },
        halfImages),
    op(
        "aten::fft_fftn(Tensor self, SymInt[1]? s=None, int[1]? dim=None, str? norm=None) -> Tensor",
        [](Tensor self, MaybeIntList s, MaybeIntList dim, MaybeString) -> Answer { return overSeveral(self, s, dim, Transform::Complex); },
        images),
    op(
        "aten::fft_ifftn(Tensor self, SymInt[1]? s=None, int[1]? dim=None, str? norm=None) -> Tensor",
        [](Tensor self, MaybeIntList s, MaybeIntList dim, MaybeString) -> Answer { return overSeveral(self, s, dim, Transform::Complex); },
        images),
    op(
        "aten::fft_rfftn(Tensor self, SymInt[1]? s=None, int[1]? dim=None, str? norm=None) -> Tensor",
        [](Tensor self, MaybeIntList s, MaybeIntList dim, MaybeString) -> Answer { return overSeveral(self, s, dim, Transform::FromReal); },
        realImages),
    op(
        "aten::fft_irfftn(Tensor self, SymInt[1]? s=None, int[1]? dim=None, str? norm=None) -> Tensor",
        [](Tensor self, MaybeIntList s, MaybeIntList dim, MaybeString) -> Answer { return overSeveral(self, s, dim, Transform::ToReal); },
        halfImages),
    op(
        "aten::fft_fftshift(Tensor self, int[1]? dim=None) -> Tensor",
        [](Tensor self, MaybeIntList dim) -> Answer { return shifted(self, dim); }, "self: [1..16, 2..512]  dim: None|[-1]|[0, 1]"),
    op(
        "aten::fft_ifftshift(Tensor self, int[1]? dim=None) -> Tensor",
        [](Tensor self, MaybeIntList dim) -> Answer { return shifted(self, dim); }, "self: [1..16, 2..512]  dim: None|[-1]|[0, 1]"));

constexpr auto framed = family(
    op(
        "aten::fft_fftfreq(int n, float d=1., *, ScalarType? dtype=None, Layout? layout=None, Device? "
        "device=None, bool? "
        "pin_memory=None) -> Tensor",
        [](Int n, Openable<Float>, MaybeScalarType dtype, MaybeLayout, MaybeDevice, MaybeBool) -> Answer {
          return frequencies(n, n, dtype);
        },
        "n: 1..1024  dtype: None|float32|float64"),
    op(
        "aten::fft_rfftfreq(int n, float d=1., *, ScalarType? dtype=None, Layout? layout=None, Device? "
        "device=None, bool? "
        "pin_memory=None) -> Tensor",
        [](Int n, Openable<Float>, MaybeScalarType dtype, MaybeLayout, MaybeDevice, MaybeBool) -> Answer {
          return frequencies(n, n / 2 + 1, dtype);
        },
        "n: 1..1024  dtype: None|float32|float64"),
    op(
        "aten::stft(Tensor self, int n_fft, int? hop_length=None, int? win_length=None, Tensor? window=None, "
        "bool "
        "normalized=False, bool? onesided=None, bool? return_complex=None, bool? align_to_window=None) -> "
        "Tensor",
        [](Tensor self, Int size, MaybeInt hop, MaybeInt win, MaybeTensor window, Bool, MaybeBool onesided, MaybeBool complex,
           MaybeBool align) -> Answer {
          return stft(self, {size, hop.value_or(size / 4), win.value_or(size)}, window, false, "", onesided, complex, align);
        },
        "n_fft: W:16|32|64  window: None|[W]  self: [1..4, 64..2048] | [64..2048]  hop_length: None|4|10  "
        "onesided: None|True|False  "
        "return_complex: True|False"),
    op(
        "aten::stft.center(Tensor self, int n_fft, int? hop_length=None, int? win_length=None, Tensor? "
        "window=None, bool center=True, "
        "str pad_mode=\"reflect\", bool normalized=False, bool? onesided=None, bool? return_complex=None, "
        "bool? "
        "align_to_window=None) -> Tensor",
        [](Tensor self, Int size, MaybeInt hop, MaybeInt win, MaybeTensor window, Bool center, String padMode, Bool, MaybeBool onesided,
           MaybeBool complex, MaybeBool align) -> Answer {
          return stft(self, {size, hop.value_or(size / 4), win.value_or(size)}, window, center, padMode, onesided, complex, align);
        },
        "n_fft: W:16|32|64  window: None|[W]  self: [1..4, 64..2048] | [64..2048]  hop_length: None|4|10  "
        "center: True|False  onesided: "
        "None|True|False  return_complex: True|False"),
    op(
        "aten::istft(Tensor self, int n_fft, int? hop_length=None, int? win_length=None, Tensor? "
        "window=None, bool center=True, bool "
        "normalized=False, bool? onesided=None, int? length=None, bool return_complex=False) -> Tensor",
        [](Tensor self, Int size, MaybeInt hop, MaybeInt win, MaybeTensor window, Bool center, Bool, MaybeBool onesided, MaybeInt length,
           Bool complex) -> Answer {
          return istft(self, {size, hop.value_or(size / 4), win.value_or(size)}, window, center, onesided, length, complex);
        },
        "n_fft: 16  self: c64[1..4, 9, 4..64] | c64[9, 4..64]  hop_length: None|4|8  length: None|20"),
    op(
        "aten::hann_window(int window_length, *, ScalarType? dtype=None, Layout? layout=None, Device? "
        "device=None, bool? "
        "pin_memory=None) -> Tensor",
        [](Int n, MaybeScalarType dtype, MaybeLayout, MaybeDevice, MaybeBool) -> Answer { return window("hann_window", n, dtype); },
        windows),
    op(
        "aten::hann_window.periodic(int window_length, bool periodic, *, ScalarType? dtype=None, Layout? "
        "layout=None, Device? "
        "device=None, bool? pin_memory=None) -> Tensor",
        [](Int n, Bool, MaybeScalarType dtype, MaybeLayout, MaybeDevice, MaybeBool) -> Answer { return window("hann_window", n, dtype); },
        "window_length: 1..1024  periodic: True|False  dtype: None|float32|float64"),
    op(
        "aten::hamming_window(int window_length, *, ScalarType? dtype=None, Layout? layout=None, Device? "
        "device=None, bool? "
        "pin_memory=None) -> Tensor",
        [](Int n, MaybeScalarType dtype, MaybeLayout, MaybeDevice, MaybeBool) -> Answer { return window("hamming_window", n, dtype); },
        windows),
    op(
        "aten::hamming_window.periodic(int window_length, bool periodic, *, ScalarType? dtype=None, Layout? "
        "layout=None, Device? "
        "device=None, bool? pin_memory=None) -> Tensor",
        [](Int n, Bool, MaybeScalarType dtype, MaybeLayout, MaybeDevice, MaybeBool) -> Answer {
          return window("hamming_window", n, dtype);
        },
        "window_length: 1..1024  periodic: True|False  dtype: None|float32|float64"),
    op(
        "aten::blackman_window(int window_length, *, ScalarType? dtype=None, Layout? layout=None, Device? "
        "device=None, bool? "
        "pin_memory=None) -> Tensor",
        [](Int n, MaybeScalarType dtype, MaybeLayout, MaybeDevice, MaybeBool) -> Answer { return window("blackman_window", n, dtype); },
        windows),
    op(
        "aten::bartlett_window(int window_length, *, ScalarType? dtype=None, Layout? layout=None, Device? "
        "device=None, bool? "
        "pin_memory=None) -> Tensor",
        [](Int n, MaybeScalarType dtype, MaybeLayout, MaybeDevice, MaybeBool) -> Answer { return window("bartlett_window", n, dtype); },
        windows));

} // namespace

constinit const Family families::spectral = {"spectral", transforms};
constinit const Family families::framing = {"framing", framed};

} // namespace cobra::ops
