// libFuzzer over the reader of model files:
//   cmake -DCOBRA_FUZZ_PROFILE=ON -DCOBRA_SANITIZE=address,undefined ... && bin/profile_fuzz -max_len=65536
//   <folder of profiles>
#include "predictor/infer/predictor.h"

#include <cstddef>
#include <cstdint>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto profile = cobra::Profile::parse(bytes, "fuzzed");
  const auto* good = std::get_if<std::shared_ptr<const cobra::Profile>>(&profile);
  if (!good) return 0;
  cobra::Predictor predictor(*good, (*good)->devices()[0]);
  const auto call = cobra::parseSnippet("aten::relu(self=f32[4,8])");
  if (const auto* relu = std::get_if<cobra::Call>(&call)) predictor.predict(*relu);
  return 0;
}
