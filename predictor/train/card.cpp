#include "predictor/train/card.h"

#include <nlohmann/json.hpp>

#include <cstdio>
#include <map>
#include <sstream>

namespace cobra::train {
namespace {

using Json = nlohmann::ordered_json;

std::string percent(double value, int digits) {
  if (value < 0) return "-";
  char text[32];
  std::snprintf(text, sizeof text, "%.*f", digits, value);
  return text;
}

void printDevices(std::ostream& out, const infer::Model& model) {
  out << "## Devices\n\n| device | what | rows from | versions | operators |\n|---|---|---|---|---|\n";
  for (const auto& device : model.devices) {
    out << "| " << device.name << " | " << device.title << " | " << device.source << " | " << device.versions << " | "
        << device.coverage.size() << " |\n";
  }
  out << '\n';
}

void printTraining(std::ostream& out, const infer::Model& model) {
  out << "## Training\n\n";
  const Json record = Json::parse(model.training, nullptr, /*allow_exceptions=*/false);
  if (!record.is_object()) {
    out << "The profile does not say how it was trained.\n\n";
    return;
  }
  const auto rows = record.value("rows", Json::object());
  const auto count = [&](const char* part) {
    const Json value = rows.is_object() ? rows.value(part, Json()) : Json();
    return value.is_number_integer() ? std::to_string(value.get<long long>()) : std::string("?");
  };
  out << "Rows: " << count("train") << " to train on, " << count("calibrate") << " to calibrate the bands, " << count("validate")
      << " to follow the training, " << count("test") << " to test; no shape is in two of these.\n";
  if (const Json steps = record.value("steps", Json()); steps.is_number_integer()) {
    out << "The weights are those after " << steps.get<long long>() << " steps";
    const Json validation = record.value("validation_mape", Json());
    if (validation.is_number()) out << "; error on the validation rows " << percent(validation.get<double>(), 2) << " %";
    out << ".\n";
  }
  out << "\nSettings, as a file for `cobra-train fit --config`:\n\n```json\n"
      << record.value("settings", Json::object()).dump(2) << "\n```\n\n";
}

void printErrors(std::ostream& out, const infer::Model& model) {
  struct Sum {
    int rows = 0;
    double mape = 0, within10 = 0, covered = 0;
  };
  std::map<std::string, Sum> devices;
  for (const infer::ErrorLine& e : model.errors) {
    if (e.op.find("::") == std::string::npos) continue; // whole networks
    Sum& sum = devices[e.device];
    sum.rows += e.rows;
    sum.mape += e.rows * e.mape;
    sum.within10 += e.rows * e.within10;
    sum.covered += e.rows * e.covered;
  }
  out << "## Errors on rows it was not trained on\n\nMean absolute percentage error, shares of rows within ±1, ±5, ±10 %, how often the 90 "
         "% band held, and the noise floor where repeats tell it.\n\n| operator | device | rows | MAPE | ±1 | ±5 | ±10 | in band | floor "
         "|\n"
         "|---|---|---|---|---|---|---|---|---|\n";
  for (const auto& [device, sum] : devices) {
    const double rows = std::max(1, sum.rows);
    out << "| all | " << device << " | " << sum.rows << " | " << percent(sum.mape / rows, 2) << " | | | " << percent(sum.within10 / rows, 0)
        << " | " << percent(sum.covered / rows, 1) << " | |\n";
  }
  for (const infer::ErrorLine& e : model.errors) {
    out << "| " << e.op << " | " << e.device << " | " << e.rows << " | " << percent(e.mape, 2) << " | " << percent(e.within1, 0) << " | "
        << percent(e.within5, 0) << " | " << percent(e.within10, 0) << " | " << percent(e.covered, 1) << " | " << percent(e.floor, 2)
        << " |\n";
  }
}

} // namespace

std::string printRecord(const TrainingRecord& record) {
  const Json json{{"rows",
                   {{"train", record.trainingRows},
                    {"calibrate", record.calibrationRows},
                    {"validate", record.validationRows},
                    {"test", record.testRows}}},
                  {"steps", record.steps},
                  {"validation_mape", record.validation},
                  {"settings", Json::parse(record.settings)}};
  return json.dump();
}

std::string printCard(const infer::Model& model) {
  std::ostringstream out;
  const infer::Architecture& a = model.architecture;
  std::size_t weights = 0;
  for (const auto& [name, tensor] : model.tensors) weights += tensor.values.size();
  out << "# " << model.title
      << "\n\nPredicts the latency of one forward pass of LibTorch operators on the devices below, in milliseconds with a "
      << "90 % band. Trained " << model.date << " with the schemas of " << model.registry << "; file format " << infer::kModelFormat
      << ", variant `" << infer::kVariant << "`, " << weights << " weights (width " << a.width << ", " << a.layers << " layers, " << a.heads
      << " heads, inner " << a.inner << ", head " << a.hidden << "), " << model.vocabulary.operators.size()
      << " operators. An operator that it does not know is estimated from its FLOPs and bytes, and said so.\n\n";
  printDevices(out, model);
  printTraining(out, model);
  printErrors(out, model);
  return out.str();
}

} // namespace cobra::train
