#include "analyzer/tool/options.h"

#include "clang/Basic/Version.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/raw_ostream.h"

#include <algorithm>
#include <cstring>

namespace cobra::tool {
namespace cl = llvm::cl;
namespace {

cl::OptionCategory category("cobra options");
cl::SubCommand checkCommand("check", "Predict the latency of each line and each model of C++ sources");
cl::SubCommand graphCommand("graph", "Print the operator graph of each model");
cl::SubCommand devicesCommand("devices", "List the devices that a profile answers for");
cl::SubCommand coverageCommand("coverage", "Count how far the files of a tree can be read, and what stands in the way");

cl::SubCommand adaptSubcommand("adapt", "Make a profile of a device from a few measured calls and the known devices");

cl::list<std::string> files(cl::Positional, cl::desc("<source>... [-- <compiler flags>] (coverage: folders too)"), cl::sub(checkCommand),
                            cl::sub(graphCommand), cl::sub(coverageCommand), cl::cat(category));
cl::opt<std::string> buildFolder("p", cl::desc("Folder with compile_commands.json; without it the closest one is used"),
                                 cl::value_desc("folder"), cl::sub(checkCommand), cl::sub(graphCommand), cl::sub(coverageCommand),
                                 cl::cat(category));
cl::list<std::string> extraArg("extra-arg", cl::desc("One more compiler flag, after the others"), cl::value_desc("flag"),
                               cl::sub(checkCommand), cl::sub(graphCommand), cl::sub(coverageCommand), cl::cat(category));
cl::list<std::string> entry("entry",
                            cl::desc("C++ that builds a model and calls it: 'Net net(10); net->forward(torch::randn({1, 3, 32, 32}));'"),
                            cl::value_desc("C++"), cl::sub(checkCommand), cl::sub(graphCommand), cl::sub(coverageCommand),
                            cl::cat(category));
cl::list<std::string> input("input", cl::desc("Input of models whose constructor needs no arguments: x=[1,3,224,224]:float16"),
                            cl::value_desc("name=shape:dtype"), cl::sub(checkCommand), cl::sub(graphCommand), cl::sub(coverageCommand),
                            cl::cat(category));
cl::opt<std::int64_t> batch("batch", cl::desc("First size of every input"), cl::value_desc("n"), cl::sub(checkCommand),
                            cl::sub(graphCommand), cl::cat(category));
cl::opt<std::string> dtype("dtype", cl::desc("dtype of floating inputs and parameters"), cl::value_desc("name"), cl::sub(checkCommand),
                           cl::sub(graphCommand), cl::cat(category));
cl::opt<std::string> device("device", cl::desc("Device to predict for; see `cobra devices` (adapt: the new one's name)"),
                            cl::value_desc("name"), cl::sub(checkCommand), cl::sub(adaptSubcommand), cl::cat(category));
cl::list<std::string> profiles("profile", cl::desc("Profile file, or folder of profiles, beside the built-in one"), cl::value_desc("path"),
                               cl::sub(checkCommand), cl::sub(devicesCommand), cl::sub(adaptSubcommand), cl::cat(category));
cl::opt<std::string> samples("samples", cl::desc("Calls measured on the new device, as cobra-probe writes them"), cl::value_desc("file"),
                             cl::sub(adaptSubcommand), cl::cat(category));
cl::opt<unsigned> measure("measure", cl::desc("Measure that many calls here, with cobra-probe"), cl::value_desc("n"),
                          cl::sub(adaptSubcommand), cl::cat(category));
cl::opt<std::string> from("from", cl::desc("Adapt the profile of this device; by default the one that foretells the calls best"),
                          cl::value_desc("device"), cl::sub(adaptSubcommand), cl::cat(category));
cl::opt<std::string> out("out", cl::desc("Profile to write; by default the user's own folder, where every command finds it"),
                         cl::value_desc("file"), cl::sub(adaptSubcommand), cl::cat(category));
cl::opt<Format> checkFormat("format", cl::desc("Form of the output"), cl::init(Format::Text),
                            cl::values(clEnumValN(Format::Text, "text", "for people"),
                                       clEnumValN(Format::Json, "json", "docs/json.md, docs/coverage.md")),
                            cl::sub(checkCommand), cl::sub(coverageCommand), cl::cat(category));
cl::opt<unsigned> jobs("j", cl::desc("Files at a time; by default one for each core"), cl::value_desc("n"), cl::Prefix,
                       cl::sub(coverageCommand), cl::cat(category));
cl::opt<double> timeout("timeout", cl::desc("Seconds for one file, after which it counts as failed"), cl::value_desc("s"), cl::init(120),
                        cl::sub(coverageCommand), cl::cat(category));
cl::opt<Format> graphFormat("format", cl::desc("Form of the output"), cl::init(Format::Json),
                            cl::values(clEnumValN(Format::Json, "json", "docs/graph.md"), clEnumValN(Format::Dot, "dot", "Graphviz"),
                                       clEnumValN(Format::Matrix, "matrix", "upper triangular adjacency matrix")),
                            cl::sub(graphCommand), cl::cat(category));
cl::opt<Colour> colour("use-color", cl::desc("Colours in text"), cl::init(Colour::Auto), cl::ValueOptional,
                       cl::values(clEnumValN(Colour::Always, "", ""), clEnumValN(Colour::Always, "true", "always"),
                                  clEnumValN(Colour::Never, "false", "never"), clEnumValN(Colour::Auto, "auto", "on a terminal")),
                       cl::sub(checkCommand), cl::cat(category));
cl::opt<bool> quiet("quiet", cl::desc("No statistics"), cl::sub(checkCommand), cl::sub(graphCommand), cl::sub(coverageCommand),
                    cl::cat(category));
cl::opt<bool> executed("executed", cl::desc("What LibTorch's dispatcher runs, instead of what the source means"), cl::sub(graphCommand),
                       cl::cat(category));
cl::opt<bool> lowerBound("lower-bound", cl::desc("Give the sum of what is known where a total would be withheld"), cl::sub(checkCommand),
                         cl::cat(category));
cl::opt<std::string> measured("measured", cl::desc("Put what a run took beside the predictions: a file of `cobra-probe trace --out`"),
                              cl::value_desc("trace.json"), cl::sub(checkCommand), cl::cat(category));

int wrong(const std::string& sentence, int& exit) {
  llvm::errs() << "cobra: " << sentence << "\n";
  exit = wrongUse;
  return exit;
}

bool readOptions(Options& options, int& exit) {
  options.files.assign(files.begin(), files.end());
  options.frontend.buildFolder = buildFolder;
  options.frontend.extra.assign(extraArg.begin(), extraArg.end());
  options.frontend.entries.assign(entry.begin(), entry.end());
  for (const std::string& text : input) {
    std::variant<InputOverride, std::string> parsed = parseInput(text);
    if (auto* why = std::get_if<std::string>(&parsed)) return wrong(*why, exit), false;
    options.frontend.inputs.push_back(std::get<InputOverride>(std::move(parsed)));
  }
  if (batch.getNumOccurrences()) {
    if (batch < 1) return wrong("--batch takes a number of at least 1, not " + std::to_string(batch), exit), false;
    options.frontend.batch = batch;
  }
  if (!dtype.empty()) {
    options.frontend.dtype = dtypeFromName(dtype);
    if (!options.frontend.dtype) return wrong("'" + dtype + "' is no dtype; write float32, float16, bfloat16, ...", exit), false;
  }
  options.device = device;
  options.profiles.assign(profiles.begin(), profiles.end());
  options.format = graphCommand ? graphFormat : checkFormat;
  options.colour = colour;
  options.quiet = quiet;
  options.executed = executed;
  options.lowerBound = lowerBound;
  options.measured = measured;
  if (!measured.empty() && options.format == Format::Json) return wrong("--measured prints a table: leave --format json out", exit), false;
  options.jobs = jobs;
  options.timeout = timeout;
  options.samples = samples;
  options.measure = measure;
  options.from = from;
  options.out = out;
  if (measure.getNumOccurrences() && (measure < 3 || measure > 100)) return wrong("--measure takes a number from 3 to 100", exit), false;
  if (!(timeout > 0)) return wrong("--timeout takes a number of seconds above 0", exit), false;
  return true;
}

} // namespace

std::optional<Options> parseOptions(int argc, const char* const* argv, int& exit) {
  Options options;
  std::vector<const char*> arguments(argv, argv + argc);
  if (auto dashes = std::find_if(arguments.begin(), arguments.end(), [](const char* a) { return !std::strcmp(a, "--"); });
      dashes != arguments.end()) {
    options.frontend.fixed.emplace(dashes + 1, arguments.end());
    arguments.erase(dashes, arguments.end());
  }
  for (cl::SubCommand* sub : {&checkCommand, &graphCommand, &devicesCommand, &coverageCommand, &adaptSubcommand})
    cl::HideUnrelatedOptions(category, *sub);
  cl::HideUnrelatedOptions(category);
  cl::SetVersionPrinter([](llvm::raw_ostream& out) { out << "cobra " COBRA_VERSION ", with " << clang::getClangFullVersion() << "\n"; });
  if (!cl::ParseCommandLineOptions(static_cast<int>(arguments.size()), arguments.data(),
                                   "Predicts the latency of C++ deep-learning source without running it\n", &llvm::errs())) {
    exit = wrongUse;
    return std::nullopt;
  }
  const std::pair<cl::SubCommand*, Command> commands[] = {{&checkCommand, Command::Check},
                                                          {&graphCommand, Command::Graph},
                                                          {&devicesCommand, Command::Devices},
                                                          {&coverageCommand, Command::Coverage},
                                                          {&adaptSubcommand, Command::Adapt}};
  const auto* chosen = std::find_if(std::begin(commands), std::end(commands), [](const auto& c) { return static_cast<bool>(*c.first); });
  if (chosen == std::end(commands)) {
    wrong("name what to do: cobra check|graph|devices|coverage|adapt; --help tells more", exit);
    return std::nullopt;
  }
  options.command = chosen->second;
  if (options.command != Command::Devices && options.command != Command::Adapt && files.empty()) {
    wrong("name at least one source file", exit);
    return std::nullopt;
  }
  if (!readOptions(options, exit)) return std::nullopt;
  return options;
}

} // namespace cobra::tool
