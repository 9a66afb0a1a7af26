// cobra-probe sample: networks as C++ sources and as graphs, nothing measured. cobra-probe merge: shards into one file.

#include "runtime-probe/commands.h"
#include "runtime-probe/networks/sampler.h"
#include "runtime-probe/session.h"

#include "predictor/format/text_file.h"

#include <cstdio>
#include <filesystem>

namespace cobra::probe {

int sample(const Options& options) {
  const std::string space = options.space.empty() ? "networks" : options.space;
  if (options.out.empty()) return complain("sample needs --out FOLDER", 2);
  if (options.rows <= 0) return complain("sample needs --rows N", 2);
  const NetworkSpace* found = findNetworkSpace(space);
  if (found == nullptr) return complain(noNetworkSpace(space), 2);
  NetworkSetting wanted;
  wanted.seed = options.seed;
  if (!options.batches.empty()) wanted.batches = options.batches;
  if (options.image > 0) wanted.image = options.image;
  wanted.flopLimit = static_cast<std::int64_t>(options.gigaFlops * 1e9);
  NetworkSampler sampler = found->sampler(wanted);
  std::error_code ignored;
  std::filesystem::create_directories(options.out, ignored);
  for (std::int64_t i = 0; i < options.rows; ++i) {
    auto network = sampler();
    if (!network) return complain("the space " + space + " is used up after " + std::to_string(i) + " networks");
    if (i % options.shardCount != options.shardIndex) continue;
    const std::string base = options.out + "/" + space + "-" + std::to_string(i);
    for (const auto& [file, text] :
         {std::pair(base + ".cpp", sourceOf(*network)), std::pair(base + ".json", writeJson({graphOf(*network)}) + "\n")})
      if (auto error = replaceText(file, text)) return complain(error->sentence);
  }
  return 0;
}

int merge(const Options& options) {
  if (options.out.empty()) return complain("merge needs --out FILE", 2);
  std::vector<std::filesystem::path> files(options.operands.begin(), options.operands.end());
  std::int64_t duplicates = 0;
  auto merged = mergeRecords(files, duplicates);
  if (auto* error = std::get_if<RecordError>(&merged)) return complain(error->sentence);
  const RecordFile& whole = std::get<RecordFile>(merged);
  if (auto error = writeRecords(options.out, whole)) return complain(error->sentence);
  std::printf("%zu rows of %zu files in %s", whole.rows.size(), files.size(), options.out.c_str());
  if (duplicates > 0) std::printf("; %lld were there twice", static_cast<long long>(duplicates));
  if (!whole.torn.empty()) std::printf("; %s", whole.torn.c_str());
  std::printf("\n");
  return 0;
}

} // namespace cobra::probe
