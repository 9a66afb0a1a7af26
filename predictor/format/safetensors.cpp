#include "predictor/format/safetensors.h"

#include "predictor/format/file.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <bit>
#include <cstring>
#include <set>

namespace cobra::format {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kLengthBytes = 8;
constexpr std::size_t kMaxRank = 8;

struct DataType {
  std::string_view name;
  Storage storage;
  std::uint64_t bytes;
};
constexpr DataType kDataTypes[] = {{"F32", Storage::Float32, 4}, {"F16", Storage::Float16, 2}};

struct Entry {
  std::string name;
  const DataType* type = nullptr;
  std::vector<std::int64_t> shape;
  std::uint64_t elements = 0, begin = 0, end = 0;
};

std::uint64_t readLength(std::string_view bytes) {
  std::uint64_t length = 0;
  for (std::size_t i = 0; i < kLengthBytes; ++i) {
    length |= std::uint64_t{static_cast<unsigned char>(bytes[i])} << (8 * i);
  }
  return length;
}

/// Parses with repeated keys and deep nesting refused: a JSON library would silently keep the last of two
/// tensors.
class HeaderReader {
public:
  std::variant<Json, std::string> read(std::string_view text) {
    std::string why;
    std::vector<std::set<std::string, std::less<>>> keys;
    const auto watch = [&](int depth, Json::parse_event_t event, Json& parsed) {
      constexpr int kMaxDepth = 4;
      if (depth > kMaxDepth && why.empty()) why = "it is nested too deeply";
      if (event == Json::parse_event_t::object_start) keys.emplace_back();
      if (event == Json::parse_event_t::object_end && !keys.empty()) keys.pop_back();
      if (event == Json::parse_event_t::key && why.empty() && !keys.empty() &&
          !keys.back().insert(parsed.get_ref<const std::string&>()).second) {
        why = "the key '" + parsed.get<std::string>() + "' stands there twice";
      }
      return why.empty();
    };
    Json header = Json::parse(text.begin(), text.end(), watch, /*allow_exceptions=*/false);
    if (!why.empty()) return why;
    if (header.is_discarded()) return std::string("it is not JSON");
    if (!header.is_object()) return std::string("it is not an object");
    return header;
  }
};

std::optional<std::uint64_t> unsignedNumber(const Json& value) {
  if (!value.is_number_unsigned()) return std::nullopt;
  return value.get<std::uint64_t>();
}

std::variant<Entry, FormatError> readEntry(const std::string& name, const Json& value, std::string_view file) {
  const std::string where = "'" + std::string(file) + "': tensor '" + name + "' ";
  const auto fail = [&](Rule rule, const std::string& what) { return FormatError{rule, where + what}; };
  const bool whole = value.is_object() && value.size() == 3 && value.contains("dtype") && value["dtype"].is_string() &&
                     value.contains("shape") && value["shape"].is_array() && value.contains("data_offsets") &&
                     value["data_offsets"].is_array() && value["data_offsets"].size() == 2;
  if (!whole) return fail(Rule::TensorEntry, "is not {\"dtype\", \"shape\", \"data_offsets\": [begin, end]}");
  Entry entry;
  entry.name = name;
  const auto& dtype = value["dtype"].get_ref<const std::string&>();
  const auto* type = std::ranges::find(kDataTypes, std::string_view(dtype), &DataType::name);
  if (type == std::end(kDataTypes)) return fail(Rule::TensorType, "has the type '" + dtype + "', which is neither F32 nor F16");
  entry.type = type;
  if (value["shape"].size() > kMaxRank) return fail(Rule::TensorShape, "has more than 8 sizes");
  entry.elements = 1;
  for (const Json& size : value["shape"]) {
    const auto count = unsignedNumber(size);
    if (!count || *count > kMaxFileBytes) return fail(Rule::TensorShape, "has a size that is negative, huge or no integer");
    entry.shape.push_back(static_cast<std::int64_t>(*count));
    entry.elements *= *count; // both factors at most 2^26: no overflow before the check
    if (entry.elements > kMaxFileBytes) return fail(Rule::TensorShape, "has more elements than a file may hold");
  }
  const auto begin = unsignedNumber(value["data_offsets"][0]), end = unsignedNumber(value["data_offsets"][1]);
  if (!begin || !end || *begin > *end || *end > kMaxFileBytes) {
    return fail(Rule::TensorExtent, "has offsets that are not 0 <= begin <= end");
  }
  entry.begin = *begin;
  entry.end = *end;
  if (entry.end - entry.begin != entry.elements * type->bytes) {
    return fail(Rule::TensorExtent, "takes " + std::to_string(entry.end - entry.begin) + " bytes where its type and shape say " +
                                        std::to_string(entry.elements * type->bytes));
  }
  return entry;
}

std::optional<FormatError> readMetadata(const Json& value, std::string_view file, Document& document) {
  const FormatError error{Rule::Metadata, "'" + std::string(file) + "': __metadata__ is not an object of strings"};
  if (!value.is_object()) return error;
  for (const auto& [key, text] : value.items()) {
    if (!text.is_string()) return error;
    document.metadata.emplace(key, text.get<std::string>());
  }
  return std::nullopt;
}

/// fromHalf() without branches, so that a loop over it becomes vector instructions.
inline float widened(std::uint16_t bits) {
  const std::uint32_t sign = static_cast<std::uint32_t>(bits & 0x8000U) << 16, magnitude = bits & 0x7fffU;
  const std::uint32_t subnormal = std::bit_cast<std::uint32_t>(static_cast<float>(static_cast<std::int32_t>(magnitude)) * 0x1p-24F);
  const std::uint32_t normal = (magnitude << 13) + (magnitude >= 0x7c00U ? 224U << 23 : 112U << 23);
  return std::bit_cast<float>(sign | (magnitude < 0x400U ? subnormal : normal));
}

// Both are false if a value is not finite: its exponent is all ones, so that one more carries into the sign's place.
bool readHalves(const char* from, std::span<float> to) {
  std::uint16_t carried = 0;
  for (std::size_t i = 0; i < to.size(); ++i) {
    std::uint16_t bits = 0;
    std::memcpy(&bits, from + i * sizeof bits, sizeof bits);
    carried = static_cast<std::uint16_t>(carried | ((bits & 0x7fffU) + 0x400U));
    to[i] = widened(bits);
  }
  return (carried & 0x8000U) == 0;
}
bool readFloats(const char* from, std::span<float> to) {
  if (!to.empty()) std::memcpy(to.data(), from, to.size_bytes());
  std::uint32_t carried = 0;
  for (const float value : to) carried |= (std::bit_cast<std::uint32_t>(value) & 0x7fffffffU) + 0x00800000U;
  return (carried & 0x80000000U) == 0;
}

std::optional<FormatError> readTensors(std::vector<Entry> entries, std::string_view data, std::string_view file, Document& document) {
  std::ranges::sort(entries,
                    [](const Entry& a, const Entry& b) { return std::tie(a.begin, a.end, a.name) < std::tie(b.begin, b.end, b.name); });
  std::uint64_t expected = 0;
  for (const Entry& entry : entries) {
    const std::string where = "'" + std::string(file) + "': tensor '" + entry.name + "' ";
    if (entry.begin != expected) {
      return FormatError{Rule::NoGaps, where + "begins at byte " + std::to_string(entry.begin) + " of the data, where byte " +
                                           std::to_string(expected) + " is next"};
    }
    if (entry.end > data.size()) return FormatError{Rule::TensorExtent, where + "ends after the file"};
    expected = entry.end;
    Tensor tensor{entry.shape, std::vector<float>(entry.elements)};
    const auto read = entry.type->storage == Storage::Float16 ? readHalves : readFloats;
    if (!read(data.data() + entry.begin, tensor.values)) return FormatError{Rule::Finite, where + "holds a value that is not finite"};
    document.tensors.emplace(entry.name, std::move(tensor));
  }
  if (expected != data.size()) {
    return FormatError{Rule::NoGaps,
                       "'" + std::string(file) + "' has " + std::to_string(data.size() - expected) + " bytes after its last tensor"};
  }
  return std::nullopt;
}

} // namespace

const Tensor* Document::find(std::string_view name, std::span<const std::int64_t> shape) const {
  const auto found = tensors.find(std::string(name));
  if (found == tensors.end()) return nullptr;
  const auto matches = [](std::int64_t has, std::int64_t wanted) { return wanted < 0 || has == wanted; };
  return std::ranges::equal(found->second.shape, shape, matches) ? &found->second : nullptr;
}

std::string_view safetensorsHeader(std::string_view bytes) {
  if (bytes.size() < kLengthBytes) return {};
  const std::uint64_t length = readLength(bytes);
  if (length < 2 || length > kMaxHeaderBytes || length > bytes.size() - kLengthBytes) return {};
  return bytes.substr(kLengthBytes, length);
}

std::variant<Document, FormatError> parseSafetensors(std::string_view bytes, std::string_view name) {
  const std::string file = "'" + std::string(name) + "'";
  if (bytes.size() > kMaxFileBytes) return FormatError{Rule::FileSize, file + " is larger than 64 MiB"};
  if (bytes.size() < kLengthBytes) return FormatError{Rule::HeaderLength, file + " is too short for a header"};
  const std::string_view text = safetensorsHeader(bytes);
  if (text.empty()) {
    return FormatError{Rule::HeaderLength,
                       file + " says that its header has " + std::to_string(readLength(bytes)) + " bytes, which cannot be"};
  }
  auto header = HeaderReader().read(text);
  if (const auto* why = std::get_if<std::string>(&header)) {
    return FormatError{Rule::HeaderJson, file + " has a broken header: " + *why};
  }
  Document document;
  std::vector<Entry> entries;
  for (const auto& [key, value] : std::get<Json>(header).items()) {
    if (key == "__metadata__") {
      if (auto error = readMetadata(value, name, document)) return *error;
      continue;
    }
    auto entry = readEntry(key, value, name);
    if (auto* error = std::get_if<FormatError>(&entry)) return *error;
    entries.push_back(std::get<Entry>(std::move(entry)));
  }
  if (auto error = readTensors(std::move(entries), bytes.substr(kLengthBytes + text.size()), name, document)) return *error;
  return document;
}

std::variant<Document, FormatError> readSafetensors(const std::filesystem::path& file) {
  auto bytes = readWholeFile(file, kMaxFileBytes);
  if (auto* error = std::get_if<FileError>(&bytes)) return FormatError{Rule::Readable, error->sentence};
  return parseSafetensors(std::get<std::string>(bytes), file.string());
}

std::string printSafetensors(const std::map<std::string, std::string>& metadata, std::span<const StoredTensor> tensors) {
  Json header = Json::object();
  header["__metadata__"] = metadata;
  std::string data;
  for (const StoredTensor& tensor : tensors) {
    const std::size_t begin = data.size();
    for (const float value : tensor.values) {
      char raw[sizeof(float)];
      std::size_t size = sizeof(float);
      if (tensor.storage == Storage::Float16) {
        const std::uint16_t bits = toHalf(value);
        size = sizeof bits;
        std::memcpy(raw, &bits, size);
      } else {
        std::memcpy(raw, &value, size);
      }
      data.append(raw, size);
    }
    header[tensor.name] = {
        {"dtype", tensor.storage == Storage::Float16 ? "F16" : "F32"}, {"shape", tensor.shape}, {"data_offsets", {begin, data.size()}}};
  }
  std::string text = header.dump();
  text.append((8 - text.size() % 8) % 8, ' ');
  std::string bytes;
  for (std::size_t i = 0; i < kLengthBytes; ++i) bytes += static_cast<char>((text.size() >> (8 * i)) & 0xff);
  return bytes + text + data;
}

std::uint16_t toHalf(float value) {
  const std::uint32_t bits = std::bit_cast<std::uint32_t>(value);
  const std::uint32_t sign = (bits >> 16) & 0x8000U;
  const std::uint32_t magnitude = bits & 0x7fffffffU;
  if (magnitude > 0x7f800000U) return static_cast<std::uint16_t>(sign | 0x7e00U);
  if (magnitude >= 0x47800000U) return static_cast<std::uint16_t>(sign | 0x7c00U);
  if (magnitude < 0x38800000U) { // subnormal half: let the float adder round at the right bit
    const float shifted = std::bit_cast<float>(magnitude) + 0.5F;
    return static_cast<std::uint16_t>(sign | (std::bit_cast<std::uint32_t>(shifted) - 0x3f000000U));
  }
  const std::uint32_t rounded = magnitude + 0xfffU + ((magnitude >> 13) & 1U) - 0x38000000U;
  return static_cast<std::uint16_t>(sign | (rounded >> 13));
}

float fromHalf(std::uint16_t bits) { return widened(bits); }

} // namespace cobra::format
