// Training: L1 on log-latency, AdamW, one cycle of the learning rate, an average of the weights at the end.
// The parts are in training/; this is what commands and benches call.
#pragma once

#include "predictor/train/dataset.h"

#include <atomic>
#include <filesystem>
#include <functional>
#include <string>
#include <variant>

namespace cobra::train {

class Peers;

/// When and where the state of a training is kept. A training that finds its own checkpoint goes on from there, to the same result
/// bit for bit (on the same kind of processor, with as many threads).
struct CheckpointRule {
  std::filesystem::path file = {}; // empty: none is kept
  int everySteps = 0;              // 0: by time alone
  double everySeconds = 30;
};

struct FitOptions {
  infer::Architecture architecture = {};
  std::uint64_t seed = 0;
  int steps = 20000;
  int groups = 4,
      rowsPerGroup = 64; // a step's batch: rows of some operators, so that rare operators are heard too
  double noise = 0;      // error of a good model: rows whose label is noisier than this count less (0: all rows count alike)
  double rate = 3e-3, warmUp = 0.08, decay = 0.01, clip = 1, average = 0.999;
  double firstMoment = 0.9, secondMoment = 0.98; // decay rates of AdamW's two averages
  int threads = 1;
  bool goOn = false;                   // from the model's weights instead of fresh ones
  std::vector<std::string> focus = {}; // operators drawn twice as often
  int validateEvery = 0;               // steps between two looks at the validation rows; 0: never
  int patience = 0;                    // looks without a better one after which training ends; 0: never early
  CheckpointRule checkpoint = {};
  const std::atomic<bool>* interrupted = nullptr; // once true, training saves its checkpoint and ends
  Peers* peers = nullptr;                         // processes that share the work (training/peers.h); not owned
};

struct FitProgress {
  int step = 0, steps = 0;
  double loss = 0;        // mean |log ratio| of the last steps
  double stepLoss = 0;    // of this one
  double seconds = 0;     // since the start
  double validation = -1; // MAPE of the averaged weights on the validation rows, percent; negative: not known
};

struct FitResult {
  int steps = 0;          // of the model that came out: fewer than asked for where training ended early
  double validation = -1; // as above, of that model
  int validationRows = 0;
  bool interrupted = false; // the model is unfinished; the checkpoint holds the rest
};
struct FitError {
  std::string sentence = {};
};

/// Trains on the Part::Train rows and fills model.tensors. Needs model.vocabulary and model.devices. An error only with a checkpoint
/// that can't be read or written or is of another training, with peers that are lost, or without any row.
std::variant<FitResult, FitError> fit(const Dataset& data, infer::Model& model, const FitOptions& options,
                                      const std::function<void(const FitProgress&)>& progress);

/// The estimate for operators that were never measured, fitted on the device's own rows (operators balanced):
/// non-negative coefficients, relative L1.
void fitAnalytic(const Dataset& data, infer::Model& model);

/// log of milliseconds of every row by the LibTorch network, for the parity test.
std::vector<double> networkLogs(const Dataset& data, infer::Model& model, std::span<const int> rows);

} // namespace cobra::train
