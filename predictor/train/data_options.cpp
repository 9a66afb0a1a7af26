#include "predictor/train/data_options.h"

#include "predictor/format/records.h"
#include "predictor/train/settings.h"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <cstdio>
#include <map>

namespace cobra::train {
namespace {

void keepUsedDevices(RowTable& table) {
  RowTable kept;
  kept.notes = table.notes;
  for (Row& row : table.rows) {
    row.device = kept.device(table.devices[static_cast<std::size_t>(row.device)]);
    kept.rows.push_back(std::move(row));
  }
  table = std::move(kept);
}

const std::map<std::string, SplitBy> kSplits{
    {splitName(SplitBy::Shape), SplitBy::Shape}, {splitName(SplitBy::Family), SplitBy::Family}, {splitName(SplitBy::Size), SplitBy::Size}};

} // namespace

void DataOptions::addTo(CLI::App& command) {
  Settings settings;
  addTo(command, settings);
  command.get_option("--data")->required();
}

void DataOptions::addTo(CLI::App& command, Settings& settings) {
  settings.bind(command.add_option("--data", files, "Measured rows: records of cobra-probe or tables of import-public"), files);
  settings.bind(command.add_option("--device", only, "Use only the rows of these devices"), only);
  settings.bind(command.add_option("--operator", operators, "Use only the rows about these operators (aten::conv2d)"), operators);
  settings.bind(command.add_option("--apart", apart, "Measured networks: rows of what runs in them are for testing only"), apart);
  settings.bind(command.add_option("--networks", networks, "Measured networks: what runs inside those to train on are rows, too"),
                networks);
  settings.bind(command.add_option("--split", split.by, "What is unseen in a test row: its shape, its family of operators, its size"),
                split.by, kSplits);
  settings.bind(command.add_option("--split-seed", split.seed, "Seed of the split"), split.seed);
  settings.bind(command.add_option("--test", split.test, "Share of the shapes to test on"), split.test, 0, 1);
  settings.bind(command.add_option("--calibrate", split.calibrate, "Share held back to calibrate bands"), split.calibrate, 0, 1);
  settings.bind(command.add_option("--validate", split.validate, "Share held back to follow the training"), split.validate, 0, 1);
}

std::variant<RowTable, RowError> DataOptions::readTable() const {
  RowTable table;
  for (const std::string& file : files) {
    auto rows = readRows(file);
    if (auto* error = std::get_if<RowError>(&rows)) return *error;
    table.append(std::get<RowTable>(std::move(rows)));
  }
  if (!only.empty()) {
    std::erase_if(table.rows, [&](const Row& row) {
      return std::ranges::find(only, table.devices[static_cast<std::size_t>(row.device)].name) == only.end();
    });
    keepUsedDevices(table);
  }
  if (!networks.empty()) {
    auto runs = readNetworks();
    if (auto* error = std::get_if<RowError>(&runs)) return *error;
    const auto& known = std::get<NetworkRuns>(runs);
    NetworkRows rows(table.device(known.device));
    for (const NetworkRun& network : known.parts.train) rows.calls(network, std::nullopt, table.rows);
  }
  return table;
}

std::variant<Dataset, RowError> DataOptions::datasetOf(const RowTable& table) const {
  auto data = makeDataset(table, split);
  if (auto* made = std::get_if<Dataset>(&data); made && !apart.empty()) {
    auto shapes = shapesApart();
    if (auto* error = std::get_if<RowError>(&shapes)) return *error;
    keepApart(*made, std::get<std::set<std::string>>(shapes));
  }
  if (auto* made = std::get_if<Dataset>(&data); made && !operators.empty()) {
    std::erase_if(made->rows, [&](const DatasetRow& row) { return std::ranges::find(operators, made->kindOf(row)) == operators.end(); });
    if (made->rows.empty()) return RowError{"no row is about one of the operators that --operator names"};
  }
  return data;
}

std::variant<Dataset, RowError> DataOptions::read() const {
  auto table = readTable();
  if (auto* error = std::get_if<RowError>(&table)) return *error;
  return datasetOf(std::get<RowTable>(table));
}

std::variant<Dataset, RowError> DataOptions::readSums(const Dataset& all) const {
  std::set<std::string> trained, operators; // snippets; what runs in networks
  for (const DatasetRow& row : all.rows) {
    if (!row.inside()) continue;
    operators.insert(all.kindOf(row));
    if (row.part == Part::Train) trained.insert(all.snippets[static_cast<std::size_t>(row.main)]);
  }
  auto read = readTable();
  if (auto* error = std::get_if<RowError>(&read)) return *error;
  auto& table = std::get<RowTable>(read);
  auto runs = readNetworks();
  if (auto* error = std::get_if<RowError>(&runs)) return *error;
  const auto& known = std::get<NetworkRuns>(runs);
  NetworkRows rows(table.device(known.device));
  for (const NetworkRun& network : known.parts.train) {
    if (auto row = rows.sum(network, trained, Part::Train)) table.rows.push_back(std::move(*row));
  }
  for (const NetworkRun& network : known.parts.validate) table.rows.push_back(rows.whole(network, Part::Validate));
  auto data = datasetOf(table);
  if (auto* made = std::get_if<Dataset>(&data)) {
    std::erase_if(made->rows, [&](const DatasetRow& row) {
      return row.part == Part::Validate ? row.calls.size() < 2 : !operators.contains(made->kindOf(row));
    });
  }
  return data;
}

std::variant<std::set<std::string>, RowError> DataOptions::shapesApart() const {
  std::set<std::string> snippets, shapes;
  for (const std::string& file : apart) {
    auto read = readRecords(file);
    if (auto* error = std::get_if<RecordError>(&read)) return RowError{error->sentence};
    const std::size_t before = snippets.size();
    for (const Record& record : std::get<RecordFile>(read).rows) {
      for (const RecordNode& node : record.nodes) snippets.insert(node.snippet);
    }
    if (snippets.size() == before) return RowError{"'" + file + "' holds no network"};
  }
  for (const std::string& snippet : snippets) {
    auto call = parseSnippet(snippet);
    if (!std::holds_alternative<Call>(call)) continue; // no row of it can be trained on either
    const auto features = infer::featuresOf(std::get<Call>(call));
    if (const auto* known = std::get_if<infer::CallFeatures>(&features)) shapes.insert(shapeOf(*known));
  }
  return shapes;
}

std::variant<NetworkRuns, RowError> DataOptions::readNetworks() const {
  return readNetworkRuns(networks, {.train = 0.6, .validate = 0.15, .test = 0.25, .seed = split.seed});
}

int fail(const std::string& sentence) {
  constexpr int kBadInput = 2;
  std::fprintf(stderr, "cobra-train: %s\n", sentence.c_str());
  return kBadInput;
}

} // namespace cobra::train
