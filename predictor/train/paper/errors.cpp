#include "predictor/train/paper/errors.h"

#include <cmath>

namespace cobra::train::paper {

Errors errorsOf(const std::vector<double>& predicted, const std::vector<double>& measured) {
  Errors out{.rows = static_cast<int>(measured.size())};
  double squares = 0;
  for (std::size_t i = 0; i < measured.size(); ++i) {
    const double difference = predicted.at(i) - measured[i], error = std::abs(difference) / measured[i];
    squares += difference * difference;
    out.mape += error;
    out.within1 += error <= 0.01;
    out.within5 += error <= 0.05;
    out.within10 += error <= 0.10;
    out.within25 += error <= 0.25;
  }
  const double percent = measured.empty() ? 0 : 100.0 / out.rows;
  for (double* figure : {&out.mape, &out.within1, &out.within5, &out.within10, &out.within25}) *figure *= percent;
  out.rmse = measured.empty() ? 0 : std::sqrt(squares / out.rows);
  return out;
}

void ErrorSpread::add(const Errors& errors) {
  mape.push_back(errors.mape);
  rmse.push_back(errors.rmse);
  within1.push_back(errors.within1);
  within5.push_back(errors.within5);
  within10.push_back(errors.within10);
  within25.push_back(errors.within25);
}

} // namespace cobra::train::paper
