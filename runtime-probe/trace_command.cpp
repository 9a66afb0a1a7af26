// cobra-probe trace: runs a user's own LibTorch program and writes down what it executed, how long each operator took, and
// on which line of source.

#include "runtime-probe/commands.h"
#include "runtime-probe/session.h"
#include "runtime-probe/trace/read.h"

#include "predictor/format/text_file.h"
#include "predictor/infer/predictor.h"

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>

#include <sys/wait.h>
#include <unistd.h>

namespace cobra::probe {
namespace {

namespace fs = std::filesystem;

/// The preloaded object lies beside this program, or where it was installed.
std::optional<fs::path> recorderObject() {
  std::error_code ignored;
  const fs::path folder = fs::read_symlink("/proc/self/exe", ignored).parent_path();
  for (const char* place : {"libcobra-trace.so", "../lib/libcobra-trace.so", "../lib/cobra/libcobra-trace.so"})
    if (fs::exists(folder / place, ignored)) return fs::weakly_canonical(folder / place, ignored);
  return std::nullopt;
}

/// A file that goes with the object.
class Temporary {
public:
  Temporary() {
    const int file = ::mkstemp(path_);
    if (file >= 0) ::close(file);
  }
  ~Temporary() { ::unlink(path_); }
  Temporary(const Temporary&) = delete;
  Temporary& operator=(const Temporary&) = delete;
  const char* path() const { return path_; }

private:
  char path_[64] = "/tmp/cobra-trace-XXXXXX";
};

constexpr int notStarted = 126;

/// Runs the program under the recorder. Its exit code; 128 and more: a signal.
int runProgram(const std::vector<std::string>& words, const fs::path& object, const char* trace, std::int64_t most) {
  const pid_t child = ::fork();
  if (child == 0) {
    std::string preload = object.string();
    if (const char* more = std::getenv("LD_PRELOAD"); more && *more) preload += std::string(":") + more;
    ::setenv("LD_PRELOAD", preload.c_str(), 1);
    ::setenv("COBRA_TRACE", trace, 1);
    if (most > 0) ::setenv("COBRA_TRACE_MOST", std::to_string(most).c_str(), 1);
    std::vector<char*> arguments;
    for (const std::string& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
    arguments.push_back(nullptr);
    ::execvp(arguments[0], arguments.data());
    std::fprintf(stderr, "cobra-probe: %s cannot be run: %s\n", words[0].c_str(), std::strerror(errno));
    std::_Exit(notStarted);
  }
  int status = 0;
  if (child < 0 || ::waitpid(child, &status, 0) != child) return 127;
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

/// Predicted milliseconds of the nodes, if there is a profile for the device.
std::vector<double> predictedFor(const Graph& graph, const std::string& device) {
  auto profile = cobra::findDevice(device, {});
  if (auto* error = std::get_if<ProfileError>(&profile)) {
    complain("nothing is predicted: " + error->sentence);
    return {};
  }
  Predictor predictor(std::get<std::shared_ptr<const Profile>>(profile), device);
  std::vector<double> predicted;
  for (const Node& node : graph.nodes) predicted.push_back(predictor.predict(node.call).ms);
  return predicted;
}

} // namespace

int traceProgram(const Options& options) {
  auto object = recorderObject();
  if (!object) return complain("libcobra-trace.so does not lie beside cobra-probe");
  auto device = findDevice(options.device);
  if (auto* error = std::get_if<MachineError>(&device)) return complain(error->sentence, 2);
  const Temporary file;
  const int code = runProgram(options.operands, *object, file.path(), options.rows);
  if (code == notStarted) return 1;
  std::error_code ignored;
  if (fs::file_size(file.path(), ignored) == 0) {
    if (code == 127)
      return complain(options.operands[0] + " could not be started under the recorder: it is no LibTorch program, "
                                            "or one of a LibTorch with other symbols");
    return complain(options.operands[0] + " ran no operator of LibTorch (a statically linked program cannot be recorded)");
  }
  auto read = trace::readTrace(file.path(), fs::path(options.operands[0]).filename().string());
  if (auto* error = std::get_if<trace::TraceError>(&read)) return complain(error->sentence);
  Graph& graph = std::get<Graph>(read);
  if (graph.nodes.empty() && graph.open.empty()) return complain(options.operands[0] + " ran no operator of LibTorch");
  const Machine machine = describe(std::get<c10::Device>(device));
  graph.measured->device = options.name.empty() ? machine.name : options.name;
  graph.measured->versions = machine.versions;
  std::printf("%zu operators, %.5g ms on %s\n%s", graph.nodes.size(), graph.measured->totalMs, graph.measured->device.c_str(),
              trace::table(graph, predictedFor(graph, graph.measured->device)).c_str());
  for (const OpenPoint& point : graph.open) complain(point.why);
  if (code != 0) complain(options.operands[0] + " ended with " + std::to_string(code));
  if (!options.out.empty())
    if (auto error = replaceText(options.out, writeJson({graph}))) return complain(error->sentence);
  return code == 0 ? 0 : 1;
}

} // namespace cobra::probe
