#include "analyzer/frontend/settings.h"

#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/SourceMgr.h"
#include "llvm/Support/YAMLTraits.h"

#include <filesystem>

LLVM_YAML_IS_SEQUENCE_VECTOR(cobra::SettingsEntry)

namespace llvm::yaml {
template <> struct MappingTraits<cobra::SettingsEntry> {
  static void mapping(IO& io, cobra::SettingsEntry& entry) {
    io.mapOptional("file", entry.file);
    io.mapRequired("code", entry.code);
  }
};
template <> struct MappingTraits<cobra::Settings> {
  static void mapping(IO& io, cobra::Settings& settings) {
    io.mapOptional("device", settings.device);
    io.mapOptional("batch", settings.batch);
    io.mapOptional("dtype", settings.dtype);
    io.mapOptional("entries", settings.entries);
  }
};
} // namespace llvm::yaml

namespace cobra {
namespace fs = std::filesystem;

std::variant<Settings, std::string> nearestSettings(const std::string& file) {
  std::error_code error;
  for (fs::path folder = fs::absolute(file, error).parent_path(); !folder.empty(); folder = folder.parent_path()) {
    const fs::path path = folder / ".cobra";
    if (fs::is_regular_file(path, error)) {
      auto buffer = llvm::MemoryBuffer::getFile(path.string());
      if (!buffer) return "'" + path.string() + "' cannot be read: " + buffer.getError().message();
      Settings settings;
      std::string why;
      llvm::yaml::Input in((*buffer)->getBuffer(), nullptr,
                           [](const llvm::SMDiagnostic& d, void* out) {
                             *static_cast<std::string*>(out) = "line " + std::to_string(d.getLineNo()) + ": " + d.getMessage().str();
                           },
                           &why);
      in >> settings;
      if (in.error()) return "'" + path.string() + "' is not a settings file: " + why;
      settings.path = path.string();
      return settings;
    }
    if (folder == folder.root_path()) break;
  }
  return Settings{};
}

std::variant<InputOverride, std::string> parseInput(const std::string& text) {
  const std::string form = "'" + text + "' is not an input; write NAME=[1,3,224,224] or NAME=[1,3,224,224]:float16";
  llvm::StringRef rest(text);
  InputOverride input;
  if (rest.contains('=')) {
    auto [name, after] = rest.split('=');
    input.name = name.trim().str();
    rest = after;
  }
  auto [sizes, dtype] = rest.rsplit(':');
  sizes = sizes.trim();
  if (!sizes.consume_front("[") || !sizes.consume_back("]")) return form;
  llvm::SmallVector<llvm::StringRef, 8> parts;
  sizes.split(parts, ',', -1, /*KeepEmpty=*/!sizes.trim().empty());
  for (llvm::StringRef part : parts) {
    std::int64_t size = 0;
    if (part.trim().getAsInteger(10, size)) return form;
    if (size < 0) return "'" + text + "' has a negative size";
    input.type.shape.push_back(size);
  }
  if (!dtype.empty()) {
    std::optional<DType> known = dtypeFromName(dtype.trim().str());
    if (!known) return "'" + dtype.str() + "' is no dtype; write float32, float16, bfloat16, float64, int64, ...";
    input.type.dtype = *known;
  }
  return input;
}

} // namespace cobra
