#include "predictor/train/estimate.h"

#include <cmath>

namespace cobra::train {

void estimateUnknown(const Dataset& data, const infer::Model& model, std::vector<double>& predicted) {
  for (std::size_t i = 0; i < data.rows.size(); ++i) {
    const DatasetRow& row = data.rows[i];
    const int device = model.deviceIndex(data.devices[static_cast<std::size_t>(row.device)].name);
    if (!std::isnan(predicted[i]) || device < 0) continue;
    const infer::Analytic& a = model.devices[static_cast<std::size_t>(device)].analytic;
    predicted[i] = 0;
    for (const int call : row.calls) {
      const infer::Work& work = data.calls[static_cast<std::size_t>(call)].work;
      const double bytes = work.inputBytes + work.weightBytes + work.outputBytes;
      predicted[i] += a.launchMs + work.flops * a.msPerFlop + bytes * a.msPerByte;
    }
  }
}

} // namespace cobra::train
