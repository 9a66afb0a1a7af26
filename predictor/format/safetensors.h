// The model file's container: safetensors, an 8-byte little-endian header length, a JSON header, then the
// tensors. docs/model-format.md lists every rule with its reason; each broken rule is one FormatError.
//
// Nothing here throws on bad input, reads past the buffer or allocates more than the input's size warrants.
// Pure functions over caller-owned bytes; any thread.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace cobra::format {

/// The rules of docs/model-format.md, in its order.
enum class Rule : std::uint8_t {
  Readable,     // the file can be opened and read
  FileSize,     // at most kMaxFileBytes
  HeaderLength, // 8 bytes that say how long the header is: 2 to kMaxHeaderBytes, and inside the file
  HeaderJson,   // the header is one JSON object in UTF-8 without repeated keys
  Metadata,     // __metadata__ is an object of strings
  TensorEntry,  // a tensor is {"dtype": string, "shape": [sizes], "data_offsets": [begin, end]} and nothing
                // else
  TensorType,   // F32 or F16
  TensorShape,  // at most 8 sizes, none negative, and their product in range
  TensorExtent, // begin <= end, inside the file, and end - begin is what dtype and shape say
  NoGaps,       // tensors fill the data part one after another: no hole, no overlap, no trailing bytes
  Finite,       // no tensor holds NaN or infinity
};

inline constexpr std::size_t kMaxFileBytes = std::size_t{64} << 20;
inline constexpr std::size_t kMaxHeaderBytes = std::size_t{8} << 20;

struct FormatError {
  Rule rule = Rule::Readable;
  std::string sentence; // names the file and the tensor or byte it is about
};

/// Row-major, as float32 whatever the file stores.
struct Tensor {
  std::vector<std::int64_t> shape;
  std::vector<float> values;
};

struct Document {
  std::map<std::string, std::string> metadata;
  std::map<std::string, Tensor> tensors;

  /// nullptr where there is no tensor of that name and shape (-1 matches any size).
  const Tensor* find(std::string_view name, std::span<const std::int64_t> shape) const;
};

/// `name` stands in error sentences. The document owns its values: `bytes` may go away.
std::variant<Document, FormatError> parseSafetensors(std::string_view bytes, std::string_view name);
std::variant<Document, FormatError> readSafetensors(const std::filesystem::path& file);
/// The JSON header inside `bytes`, unchecked; empty where its length is one that parseSafetensors() refuses.
std::string_view safetensorsHeader(std::string_view bytes);

enum class Storage : std::uint8_t { Float32, Float16 };
struct StoredTensor {
  std::string name;
  std::vector<std::int64_t> shape;
  std::span<const float> values;
  Storage storage = Storage::Float32;
};
/// The bytes of a file that parseSafetensors() accepts; the header is padded so that tensors start 8-byte
/// aligned.
std::string printSafetensors(const std::map<std::string, std::string>& metadata, std::span<const StoredTensor> tensors);

/// IEEE 754 binary16, round to nearest even; values out of range become infinity.
std::uint16_t toHalf(float value);
float fromHalf(std::uint16_t bits);

} // namespace cobra::format
