#include "predictor/train/commands/shared.h"

#include "predictor/format/safetensors.h"

#include <cstdio>

namespace cobra::train {

std::variant<infer::Model, std::string> readProfile(const std::string& file) {
  auto document = format::readSafetensors(file);
  if (auto* error = std::get_if<format::FormatError>(&document)) return error->sentence;
  return infer::readModel(std::get<format::Document>(std::move(document)), file);
}

void printErrors(const infer::Model& model) {
  std::printf("%-26s %-16s %6s %7s %6s %6s %6s %6s %7s\n", "operator", "device", "rows", "MAPE %", "±1 %", "±5 %", "±10 %", "band",
              "floor %");
  for (const auto& e : model.errors) {
    std::printf("%-26s %-16s %6d %7.2f %5.1f %5.1f %5.1f %6.1f %7s\n", e.op.c_str(), e.device.c_str(), e.rows, e.mape, e.within1, e.within5,
                e.within10, e.covered, e.floor < 0 ? "-" : std::to_string(e.floor).substr(0, 4).c_str());
  }
}

} // namespace cobra::train
