#include "runtime-probe/options.h"

#include <getopt.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <string_view>

namespace cobra::probe {
namespace {

struct CommandRow {
  std::string_view name;
  Command command;
  std::string_view operands, help;
  std::size_t least, most; // operands
};
constexpr std::size_t any = 1 << 20;
constexpr std::array commands = {
    CommandRow{"layers", Command::Layers, "", "measure calls drawn from the operators' spaces into --out; continues a file", 0, 0},
    CommandRow{"run", Command::Run, "SNIPPET...", "measure single calls and print them", 1, any},
    CommandRow{"graph", Command::Graph, "[GRAPH.json...]",
               "measure whole graphs, or networks drawn from --space, as forward passes; "
               "into measured graphs or records",
               0, any},
    CommandRow{"quick", Command::Quick, "", "two minutes that adapt a profile to this machine, into --out", 0, 0},
    CommandRow{"trace", Command::Trace, "-- PROGRAM...",
               "run a LibTorch program and write down its operators, their times and source lines", 1, any},
    CommandRow{"noise", Command::Noise, "FILE", "measure some rows again and print the noise floor", 1, 1},
    CommandRow{"merge", Command::Merge, "FILE...", "put the shards of one measurement together into --out", 1, any},
    CommandRow{"import", Command::Import, "TABLE.csv",
               "published latencies of NAS-Bench-201 or FBNet networks, the column --name, as records into --out", 1, 1},
    CommandRow{"show", Command::Show, "FILE", "print what a file of records holds", 1, 1},
    CommandRow{"sample", Command::Sample, "",
               "write --rows networks of --space as C++ sources and graphs into the folder --out; measures nothing", 0, 0},
};

template <class T> std::optional<T> numberOf(std::string_view text) {
  T value{};
  auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (code != std::errc() || end != text.data() + text.size()) return std::nullopt;
  if constexpr (std::is_floating_point_v<T>)
    if (!std::isfinite(value)) return std::nullopt;
  return value;
}

/// Stores a number if it lies in [low, high].
template <class T, class Into> bool number(std::string_view text, T low, T high, Into& into) {
  auto value = numberOf<T>(text);
  if (!value || *value < low || *value > high) return false;
  into = static_cast<Into>(*value);
  return true;
}
template <class Into> bool listed(std::string_view text, Into& into) {
  while (!text.empty()) {
    std::size_t comma = std::min(text.find(','), text.size());
    if (comma > 0) into.emplace_back(text.substr(0, comma));
    text.remove_prefix(std::min(comma + 1, text.size()));
  }
  return !into.empty();
}
bool counts(std::string_view text, std::int64_t most, std::vector<std::int64_t>& into) {
  std::vector<std::string> words;
  if (!listed(text, words)) return false;
  into.clear();
  for (const std::string& word : words)
    if (!number<std::int64_t>(word, 1, most, into.emplace_back())) return false;
  return true;
}
bool copied(std::string_view text, std::string& into) {
  into = text;
  return !text.empty();
}

bool shard(std::string_view text, Options& into) {
  std::size_t slash = text.find('/');
  if (slash == text.npos || !number<std::int64_t>(text.substr(slash + 1), 1, 1 << 20, into.shardCount)) return false;
  into.shard = text;
  return number<std::int64_t>(text.substr(0, slash), 0, into.shardCount - 1, into.shardIndex);
}

struct OptionRow {
  const char* name;
  const char* value; // what stands for it in the help; nullptr: a switch
  std::string_view help;
  std::string_view wants; // "a number above 0"
  bool (*store)(Options&, std::string_view);
};
constexpr std::array rows = {
    OptionRow{"minutes", "M", "stop after that time", "a number above 0",
              [](Options& o, std::string_view t) { return number(t, 1e-3, 1e6, o.minutes); }},
    OptionRow{"rows", "N", "stop after that many rows", "a count above 0",
              [](Options& o, std::string_view t) { return number<std::int64_t>(t, 1, 1ll << 40, o.rows); }},
    OptionRow{"out", "FILE", "records (.jsonl.gz; in a folder <device>-layers.jsonl.gz) or measured graphs (.json)", "a file",
              [](Options& o, std::string_view t) { return copied(t, o.out); }},
    OptionRow{"seed", "N", "of the samples and of the random inputs (1)", "a count",
              [](Options& o, std::string_view t) { return number<std::uint64_t>(t, 0, ~0ull, o.seed); }},
    OptionRow{"dtype", "NAME", "of the floating tensors (float32)", "float32, float64, float16 or bfloat16",
              [](Options& o, std::string_view t) {
                auto dtype = dtypeFromName(t);
                if (dtype) o.dtype = *dtype;
                return dtype && isFloating(*dtype);
              }},
    OptionRow{"device", "NAME", "cpu, cuda or cuda:N (cpu)", "a device",
              [](Options& o, std::string_view t) { return copied(t, o.device); }},
    OptionRow{"name", "NAME", "of the device in the header (what the machine says)", "a name",
              [](Options& o, std::string_view t) { return copied(t, o.name); }},
    OptionRow{"threads", "N", "of LibTorch on the CPU (1)", "a count from 1 to 1024",
              [](Options& o, std::string_view t) { return number(t, 1, 1024, o.threads); }},
    OptionRow{"core", "N", "the core to pin to (the last one)", "a core's number",
              [](Options& o, std::string_view t) { return number(t, 0, 1023, o.core.emplace()); }},
    OptionRow{"realtime", nullptr, "ask for SCHED_FIFO, so that nothing else takes the core", "",
              [](Options& o, std::string_view) { return o.realtime = true; }},
    OptionRow{"operators", "LIST", "only these, with commas", "names of operators",
              [](Options& o, std::string_view t) { return listed(t, o.operators); }},
    OptionRow{"calls", "LIST", "graph files whose distinct calls are measured first", "files",
              [](Options& o, std::string_view t) { return listed(t, o.calls); }},
    OptionRow{"space", "NAME",
              "what samples are drawn from: default or cobra-2022 for layers; cobra-2022, nas-bench-201, "
              "fbnet, modern or networks (all in turn, the default) for graph and sample",
              "a space", [](Options& o, std::string_view t) { return copied(t, o.space); }},
    OptionRow{"batch", "LIST", "batch sizes of drawn networks, taken in turn (1)", "counts from 1 to 65536",
              [](Options& o, std::string_view t) { return counts(t, 65536, o.batches); }},
    OptionRow{"image", "N", "height and width of drawn networks' input (32 on cpu, 224 on cuda)", "a count from 8 to 4096",
              [](Options& o, std::string_view t) { return number<std::int64_t>(t, 8, 4096, o.image); }},
    OptionRow{"shard", "I/N", "only every N-th row, from the I-th on, counted from 0", "a shard like 0/4",
              [](Options& o, std::string_view t) { return shard(t, o); }},
    OptionRow{"cache", "MODE", "warm, or cold: caches are emptied before each run (warm)", "warm or cold",
              [](Options& o, std::string_view t) { return copied(t, o.cache) && (t == "warm" || t == "cold"); }},
    OptionRow{"layout", "NAME", "of 4-D tensors: contiguous or channels-last (contiguous)", "contiguous or channels-last",
              [](Options& o, std::string_view t) { return copied(t, o.layout) && (t == "contiguous" || t == "channels-last"); }},
    OptionRow{"tf32", nullptr, "let matrix products on a GPU use TF32 as well", "",
              [](Options& o, std::string_view) { return o.tf32 = true; }},
    OptionRow{"replay", nullptr, "on a GPU: capture each call or network as a CUDA graph once, and time launches of it", "",
              [](Options& o, std::string_view) { return o.replay = true; }},
    OptionRow{"gflop", "G", "largest call or network drawn (10 a thread on cpu, any on cuda)", "a number above 0",
              [](Options& o, std::string_view t) { return number(t, 1e-6, 1e9, o.gigaFlops); }},
    OptionRow{"memory", "MIB", "largest call (1024 on cpu, 16384 on cuda)", "a count above 0",
              [](Options& o, std::string_view t) { return number<std::int64_t>(t, 1, 1ll << 30, o.memoryMiB); }},
    OptionRow{"row-seconds", "S", "longest sampling of one call (0.1) or network (1)", "a number above 0",
              [](Options& o, std::string_view t) { return number(t, 1e-4, 1e4, o.rowSeconds); }},
    OptionRow{"share", "S", "of the rows that noise repeats (0.05)", "a number from 0 to 1",
              [](Options& o, std::string_view t) { return number(t, 0.0, 1.0, o.share); }},
    OptionRow{"help", nullptr, "print this", "", [](Options& o, std::string_view) { return o.help = true; }},
};

} // namespace

std::string_view name(Command command) {
  auto row = std::ranges::find(commands, command, &CommandRow::command);
  return row == commands.end() ? "" : row->name;
}

std::variant<Options, UsageError> parseOptions(int argc, char** argv) {
  Options options;
  std::array<option, rows.size() + 1> table{};
  for (std::size_t i = 0; i < rows.size(); ++i)
    table[i] = {rows[i].name, rows[i].value ? required_argument : no_argument, nullptr, static_cast<int>(i) + 256};
  ::opterr = 0;
  ::optind = 1;
  for (int found; (found = ::getopt_long(argc, argv, ":h", table.data(), nullptr)) != -1;) {
    if (found == 'h') {
      options.help = true;
    } else if (found == ':') {
      return UsageError{std::string(argv[::optind - 1]) + " takes a value"};
    } else if (found < 256) {
      return UsageError{"there is no option " + std::string(argv[::optind - 1])};
    } else {
      const OptionRow& row = rows[static_cast<std::size_t>(found) - 256];
      std::string_view text = row.value ? ::optarg : "";
      if (!row.store(options, text))
        return UsageError{"--" + std::string(row.name) + " takes " + std::string(row.wants) + ", not '" + std::string(text) + "'"};
    }
  }
  if (options.help) return options;
  if (::optind >= argc) return UsageError{"name a command; --help lists them"};
  std::string_view command = argv[::optind];
  auto row = std::ranges::find(commands, command, &CommandRow::name);
  if (row == commands.end()) return UsageError{"there is no command '" + std::string(command) + "'; --help lists them"};
  options.command = row->command;
  options.operands.assign(argv + ::optind + 1, argv + argc);
  if (options.operands.size() < row->least) return UsageError{std::string(command) + " takes " + std::string(row->operands)};
  if (options.operands.size() > row->most)
    return UsageError{std::string(command) + ": '" + options.operands[row->most] + "' is one too many"};
  return options;
}

std::string usage() {
  auto padded = [](std::string text, std::size_t width) {
    text.resize(std::max(text.size(), width), ' ');
    return text;
  };
  std::string text = "cobra-probe COMMAND [OPTION...]: measures operators and graphs on this machine\n\n";
  for (const CommandRow& row : commands)
    text += "  " + padded(std::string(row.name) + " " + std::string(row.operands), 22) + std::string(row.help) + "\n";
  text += "\n";
  for (const OptionRow& row : rows)
    text +=
        "  " + padded(std::string("--") + row.name + (row.value ? std::string(" ") + row.value : ""), 22) + std::string(row.help) + "\n";
  return text;
}

} // namespace cobra::probe
