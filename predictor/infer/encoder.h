// The trained network, run in plain C++: log-latencies of a batch of calls.
#pragma once

#include "predictor/infer/context.h"
#include "predictor/infer/kernels.h"
#include "predictor/infer/model.h"

#include <span>
#include <vector>

namespace cobra::infer {

/// One call to answer for. The pointers live as long as the batch runs.
struct EncoderInput {
  const CallFeatures* features = nullptr;
  const EncodedCall* encoded = nullptr;
  Context context = {}; // read where the model has one
};

/// One member of a model. Keeps scratch memory between batches: one per thread. The model must outlive it.
class Encoder {
public:
  explicit Encoder(const Model& model, int member = 0, const Kernels& kernels = bestKernels());

  /// Milliseconds of each call on `device` (an index of the model), in order. Finite and positive for every
  /// input.
  void run(std::span<const EncoderInput> batch, int device, std::span<double> ms);

private:
  struct Layer {
    const float *norm1Weight, *norm1Bias, *qkvWeight, *qkvBias, *outWeight, *outBias;
    const float *norm2Weight, *norm2Bias, *upWeight, *upBias, *downWeight, *downBias;
  };
  const float* tensor(const std::string& name) const;
  void embed(std::span<const EncoderInput> batch, int device);
  void attention(const Layer& layer, bool last);
  void feedForward(const Layer& layer, long rows);

  const Model& model_;
  int member_;
  const Kernels& kernels_;
  std::vector<Layer> layers_;
  const float *factsMean_, *factsScale_, *slotWeight_, *parameterVector_, *categoryVector_, *operatorVector_, *operatorToken_,
      *deviceVector_, *factsWeight_, *normWeight_, *normBias_, *headUpWeight_, *headUpBias_, *headDown_, *headOperator_, *headDevice_;
  const float* headContext_; // nullptr: the model knows calls alone
  std::vector<long> begins_; // first row of each call; the row of the call itself comes first, then its tokens
  std::vector<float> states_, normed_, qkv_, mixed_, inner_, facts_, scores_;
};

} // namespace cobra::infer
