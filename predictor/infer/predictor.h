// Latencies for graphs from a trained profile, in plain C++: no LibTorch, no LLVM.
//
// A Profile is immutable once loaded and may be shared by threads. A Predictor keeps a cache and scratch memory: one per thread.
#pragma once

#include "predictor/graph/graph.h"

#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

namespace cobra {

/// One sentence that names the file and the rule it breaks.
struct ProfileError {
  std::string sentence;
};

/// What a profile says of itself (the metadata of the model file, docs/model-format.md).
struct ProfileInfo {
  std::string device; // "h200", "cpu-xeon-avx512": what --device takes
  std::string title;  // "GeForce GTX 1080 Ti, TensorFlow 1.x convolutions (public data)"
  std::string source; // "measured", "public" or "adapted"
  std::string date, versions, variant;
  std::vector<std::string> families; // operator families it was trained on
};

class Profile {
public:
  /// Reads a safetensors file. Hostile files are a ProfileError.
  static std::variant<std::shared_ptr<const Profile>, ProfileError> load(const std::filesystem::path& file);
  static std::variant<std::shared_ptr<const Profile>, ProfileError> parse(std::string_view bytes, std::string_view name);
  /// The profile linked into the binary.
  static std::shared_ptr<const Profile> builtin();

  virtual ~Profile() = default;
  virtual const ProfileInfo& info() const = 0;
  /// The devices this profile can answer for (one model may carry many).
  virtual std::span<const std::string> devices() const = 0;
};

/// Milliseconds with a band that should hold 90 % of the time.
struct Latency {
  double ms = 0, lowMs = 0, highMs = 0;
  bool extrapolated = false; // a feature lies outside the range this profile was trained on
  bool covered = true;       // false: the profile knows no operator of this family; ms is the analytic estimate alone
};

struct GraphLatency {
  std::vector<Latency> nodes;     // one for each node of the graph
  Latency total;                  // of what the graph holds; the caller withholds it while graph.open is not empty
  std::vector<std::string> notes; // sentences the user should see ("aten::fft_rfft was never measured on h200")
};

class Predictor {
public:
  /// `device` must be one of profile->devices().
  Predictor(std::shared_ptr<const Profile> profile, std::string device);
  ~Predictor();
  Predictor(Predictor&&) noexcept;
  Predictor& operator=(Predictor&&) noexcept;

  GraphLatency predict(const Graph& graph);
  /// One operator call alone.
  Latency predict(const Call& call);

private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Every device of the built-in profile and of the profiles that lie in `folders` (*.safetensors), with the profile's information.
/// Unreadable files are listed in `errors`.
struct DeviceEntry {
  std::string device;
  ProfileInfo info;
  std::filesystem::path file; // empty: built in
};
std::vector<DeviceEntry> listDevices(std::span<const std::filesystem::path> folders, std::vector<ProfileError>& errors);
/// The profile that answers for `device`; the error lists what there is.
std::variant<std::shared_ptr<const Profile>, ProfileError> findDevice(std::string_view device,
                                                                      std::span<const std::filesystem::path> folders);

} // namespace cobra
