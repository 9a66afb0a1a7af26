// What is known of a call without measuring: its work, the matrix product inside it, and how long both would
// take on a device at its rated speed. Input of the encoder and terms of its head.
#pragma once

#include "predictor/infer/forms.h"

#include <array>
#include <optional>
#include <span>
#include <string>

namespace cobra::infer {

/// Bytes and FLOPs of one call; a multiply-add counts as 2.
struct Work {
  double flops = 0;
  double inputBytes = 0;  // activations
  double weightBytes = 0; // learned numbers, and the second factor of a product
  double outputBytes = 0;
  double passBytes = 0; // what elementwise passes over the result move: a bias, or everything where there is no product
};

/// The product that a convolution or linear layer runs as: `batch` times [m, k] x [k, n]. For a convolution m
/// counts output pixels, n output channels of one group, k = input channels of one group x kernel area
/// (implicit GEMM).
struct Product {
  std::int64_t batch = 1, m = 1, n = 1, k = 1;
};
std::optional<Product> productOf(const Call& call, const std::vector<TensorType>& outputs);

/// Rated speed, from the vendor's specification (train/device_specs.cpp says which).
struct DeviceSpec {
  double gflops = 1000; // fp32 peak, 10^9 a second
  double gbytes = 100;  // memory bandwidth, 10^9 bytes a second
  double units = 1;     // multiprocessors, or cores used
  double cacheMiB = 1;  // last-level cache
};

inline constexpr int kCallFacts = 44;
inline constexpr int kDeviceFacts = 13;
inline constexpr int kTerms = 6;

/// Everything the encoder takes in for one call, but for the device.
struct CallFeatures {
  const ops::Operator* op = nullptr; // of sameWork(call): conv2d for a conv1d
  std::vector<Token> tokens;         // what tokensOf() says of it, behind "written as" and a convolution's "path" (same_work.h)
  Work work;
  std::optional<Product> product;
  std::array<float, kCallFacts> facts{};
};

/// The call's shapes come from the registry; a sentence where they can't be told (Misuse or Unknown).
std::variant<CallFeatures, std::string> featuresOf(const Call& call);

/// log of milliseconds of {launch, FLOPs, input, output, weights, elementwise passes} at rated speed: what
/// the head mixes. The launch term is 0.01 ms for every device; the network scales it.
std::array<float, kTerms> logTerms(const Work& work, const DeviceSpec& device);
/// logTerms, roofline, waves over the device's units, and cache share.
std::array<float, kDeviceFacts> deviceFacts(const CallFeatures& call, const DeviceSpec& device);

} // namespace cobra::infer
