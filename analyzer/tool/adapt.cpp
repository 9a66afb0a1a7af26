#include "predictor/adapt/choose_basis.h"

#include "analyzer/findings/profile_choice.h"
#include "analyzer/tool/options.h"
#include "predictor/format/file.h"

#include "llvm/ADT/SmallString.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Program.h"
#include "llvm/Support/raw_ostream.h"

#include <cstdlib>

namespace cobra::tool {
namespace fs = std::filesystem;
namespace {

int complain(const std::string& sentence) {
  llvm::errs() << "cobra: " << sentence << "\n";
  return wrongUse;
}

/// Beside this program, else in PATH; empty: nowhere.
std::string findProbe() {
  static int here = 0;
  llvm::SmallString<256> beside(llvm::sys::path::parent_path(llvm::sys::fs::getMainExecutable("cobra", &here)));
  llvm::sys::path::append(beside, "cobra-probe");
  if (llvm::sys::fs::can_execute(beside)) return std::string(beside);
  const llvm::ErrorOr<std::string> found = llvm::sys::findProgramByName("cobra-probe");
  return found ? *found : std::string();
}

/// A folder that goes with the scope.
class ScratchFolder {
public:
  ScratchFolder() : error_(llvm::sys::fs::createUniqueDirectory("cobra-adapt", path_)) {}
  ~ScratchFolder() {
    if (!error_) llvm::sys::fs::remove_directories(path_);
  }
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;
  std::error_code error() const { return error_; }
  std::string file(const char* name) const { return std::string(path_) + "/" + name; }

private:
  llvm::SmallString<128> path_;
  std::error_code error_;
};

std::variant<adapt::CallSamples, std::string> measured(unsigned calls) {
  const std::string probe = findProbe();
  if (probe.empty()) return "--measure needs cobra-probe, which lies neither beside cobra nor in PATH";
  const ScratchFolder folder;
  if (folder.error()) return "no folder for measurements can be made: " + folder.error().message();
  const std::string rows = folder.file("quick.jsonl"), count = std::to_string(calls);
  const llvm::StringRef arguments[] = {probe, "quick", "--rows", count, "--out", rows};
  std::string why;
  const int code = llvm::sys::ExecuteAndWait(probe, arguments, std::nullopt, {}, 0, 0, &why);
  if (code != 0) return "'" + probe + " quick' failed" + (why.empty() ? " with exit status " + std::to_string(code) : ": " + why);
  return adapt::readCallSamples(rows);
}

/// Where `cobra check` finds it without being told.
fs::path ownFile(const std::string& device) {
  const char* data = std::getenv("XDG_DATA_HOME");
  const char* home = std::getenv("HOME");
  fs::path folder;
  if (data && *data) {
    folder = data;
  } else if (home && *home) {
    folder = fs::path(home) / ".local/share";
  }
  return folder.empty() ? folder : folder / "cobra/profiles" / (device + ".safetensors");
}

void line(const std::string& what, const adapt::ExpectedError& error) {
  llvm::outs() << "  " << llvm::left_justify(what, 34) << llvm::format("%8.1f %8.1f %8.0f\n", error.median, error.mape, error.within10);
}

void report(const adapt::Adaptation& done, const std::string& device) {
  std::string basis;
  for (const std::string& name : done.basis) basis += (basis.empty() ? "" : ", ") + name;
  llvm::outs() << device << " from " << basis << ": " << done.used << " measured calls";
  if (done.unknown > 0) llvm::outs() << ", and " << done.unknown << " of operators that were never measured there";
  llvm::outs() << "\n\nerror in percent, each call left out in turn\n  " << llvm::left_justify("", 34) << "  median     mean  in ±10 %\n";
  line("before: " + done.nearest + " as it is", done.before);
  for (const adapt::MethodError& method : done.methods) line(method.method, method.error);
  line("after: adapted", done.after);
  llvm::outs() << llvm::format("\n90 %% of calls take %.2f to %.2f times what is predicted\n", done.after.low, done.after.high);
}

} // namespace

int adaptCommand(const Options& options) {
  adapt::BasisRequest request{options.device, options.from, profileFolders(options.profiles)};
  if (options.device.empty()) return complain("name the new device: cobra adapt --device NAME");
  if (options.samples.empty() == (options.measure == 0)) return complain("give either --samples FILE or --measure N");
  if (std::string why = adapt::whyNoName(request); !why.empty()) return complain(why);
  fs::path out = options.out.empty() ? ownFile(options.device) : fs::path(options.out);
  if (out.empty()) return complain("there is no home folder to write to; name a file with --out");
  std::error_code error;
  if (fs::exists(out, error)) return complain("'" + out.string() + "' is there already; remove it, or name another file with --out");
  auto samples = options.samples.empty() ? measured(options.measure) : adapt::readCallSamples(options.samples);
  if (auto* why = std::get_if<std::string>(&samples)) return complain(*why);
  const auto& calls = std::get<adapt::CallSamples>(samples);
  for (const std::string& note : calls.notes) llvm::errs() << "note: " << note << "\n";
  auto adapted = adapt::adaptDevice(request, calls);
  if (auto* why = std::get_if<std::string>(&adapted)) return complain(*why);
  const auto& done = std::get<adapt::Adaptation>(adapted);
  if (options.out.empty()) fs::create_directories(out.parent_path(), error);
  if (auto failed = format::writeFileAtomically(out, infer::printModel(done.model))) return complain(failed->sentence);
  report(done, options.device);
  llvm::outs() << "wrote " << out.string() << "; use it with --device " << options.device
               << (options.out.empty() ? "" : " --profile " + out.string()) << "\n";
  return ok;
}

} // namespace cobra::tool
