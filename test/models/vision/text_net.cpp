// A detector whose layers are lines of text: parsed when it is made, run by what the lines say.
#include <torch/torch.h>

#include <algorithm>
#include <cctype>
#include <cstring>
#include <iostream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

// cobra: TextNet net(kTiny); net.eval(); auto x = torch::rand({1, 3, 416, 416}); net.forward(x);

const char* kTiny = R"(
# kind        settings
input         size: 416
conv          out: 16; side: 3; norm: yes; bend: leaky
shrink        side: 2
conv          out: 32; side: 3; step: 2; norm: yes; bend: leaky
conv          out: 16; side: 1; norm: yes; bend: leaky
conv          out: 32; side: 3; norm: yes; bend: leaky
plus          with: -3            # three lines above
shrink        side: 2
shrink        side: 2
conv          out: 64; side: 3; step: 2; norm: yes; bend: leaky
conv          out: 45; side: 1
boxes         classes: 10; sizes: 81 82 135 169 344 319
join          with: -3
conv          out: 32; side: 1; norm: yes; bend: leaky
grow          times: 2
join          with: -1, 8
conv          out: 45; side: 1
boxes         classes: 10; sizes: 10 14 23 27 37 58
)";

typedef std::map<std::string, std::string> Settings;

static std::string strip(std::string s) {
  auto space = [](unsigned char c) { return std::isspace(c) != 0; };
  s.erase(std::find_if_not(s.rbegin(), s.rend(), space).base(), s.end());
  s.erase(s.begin(), std::find_if_not(s.begin(), s.end(), space));
  return s;
}

template <typename Number>
std::vector<Number> numbers(std::string text) {
  std::replace(text.begin(), text.end(), ',', ' ');
  std::istringstream in(text);
  std::vector<Number> found;
  for (Number n; in >> n;) found.push_back(n);
  return found;
}

struct Line {
  std::string kind;
  Settings settings;
  int number(const char* key, int otherwise) const {
    auto it = settings.find(key);
    return it == settings.end() ? otherwise : std::stoi(it->second);
  }
  bool says(const std::string& key, const char* value) const { return settings.count(key) && settings.at(key) == value; }
};

std::vector<Line> parse(const std::string& text) {
  std::vector<Line> lines;
  std::istringstream in(text);
  std::string row;
  while (std::getline(in, row)) {
    row = strip(row.substr(0, row.find('#')));
    if (row.empty()) continue;
    Line line;
    const auto end = row.find_first_of(" \t");
    line.kind = row.substr(0, end);
    std::stringstream rest(end == std::string::npos ? "" : row.substr(end));
    for (std::string part; std::getline(rest, part, ';');) {
      const auto colon = part.find(':');
      if (colon == std::string::npos) throw std::runtime_error("no value in: " + part);
      line.settings[strip(part.substr(0, colon))] = strip(part.substr(colon + 1));
    }
    lines.push_back(line);
  }
  return lines;
}

struct Grow : torch::nn::Module {
  int times;
  Grow(int n) { times = n; }
  torch::Tensor forward(torch::Tensor x) {
    torch::IntArrayRef n = x.sizes();
    if (n.size() == 3) return torch::upsample_nearest1d(x, {n[2] * times});
    return torch::upsample_nearest2d(x, {n[2] * times, n[3] * times});
  }
};

/// [N, A (5 + classes), H, W] -> [N, A H W, 5 + classes], in pixels.
struct Boxes : torch::nn::Module {
  std::vector<float> sizes;
  explicit Boxes(std::vector<float> s) : sizes(std::move(s)) {}
  torch::Tensor forward(torch::Tensor raw, int image, int classes, torch::Device device) {
    const int n = sizes.size() / 2, fields = 5 + classes;
    const int64_t rows = raw.size(2), cell = image / rows;
    auto y = raw.view({raw.size(0), n, fields, rows, raw.size(3)}).permute({0, 3, 4, 1, 2}).contiguous();
    std::vector<float> scaled = sizes;
    for (float& s : scaled) s /= cell;
    auto extent = torch::from_blob(scaled.data(), {n, 2}).clone().to(device);
    auto line = torch::arange(rows, torch::TensorOptions().device(device));
    std::vector<torch::Tensor> lattice = torch::meshgrid({line, line});
    auto corner = torch::stack({lattice[1], lattice[0]}, 2).unsqueeze(2);
    y.slice(4, 0, 2).sigmoid_().add_(corner);
    y.slice(4, 2, 4).exp_().mul_(extent);
    y.slice(4, 4).sigmoid_();
    y.slice(4, 0, 4).mul_(cell);
    return y.view({raw.size(0), -1, fields});
  }
};

class TextNet : public torch::nn::Module {
 public:
  explicit TextNet(const std::string& text) : lines(parse(text)) {
    if (lines.empty() || lines[0].kind != "input") throw std::runtime_error("the first line says the input");
    std::vector<int> widths;
    for (size_t i = 1; i < lines.size(); ++i) {
      int from = widths.empty() ? 3 : widths.back(), to = from;
      torch::nn::Sequential step;
      const Line& line = lines[i];
      if (line.kind == "conv") {
        to = line.number("out", 0);
        const int side = line.number("side", 1);
        const bool norm = line.says("norm", "yes");
        step->push_back(torch::nn::Conv2d(torch::nn::Conv2dOptions(from, to, side).stride(line.number("step", 1)).padding((side - 1) / 2).bias(!norm)));
        if (norm) step->push_back(torch::nn::BatchNorm2d(torch::nn::BatchNormOptions(to)));
        if (line.says("bend", "leaky")) step->push_back(torch::nn::Functional(torch::leaky_relu, /*slope=*/0.1));
      } else if (line.kind == "shrink") {
        step->push_back(torch::nn::MaxPool2d(torch::nn::MaxPool2dOptions(line.number("side", 2))));
      } else if (line.kind == "grow") {
        step->push_back(Grow(line.number("times", 2)));
      } else if (line.kind == "join") {
        to = 0;
        for (int k : numbers<int>(line.settings.at("with"))) to += widths.at(absolute(k, i));
      } else if (line.kind == "boxes") {
        step->push_back(Boxes(numbers<float>(line.settings.at("sizes"))));
      } else if (line.kind != "plus") {
        std::cout << "no such kind: " << line.kind << std::endl;
      }
      char* name = new char[strlen("step") + 12];
      sprintf(name, "step%zu", i);
      register_module(name, step);
      delete[] name;
      steps.push_back(step);
      widths.push_back(to);
    }
  }

  torch::Tensor forward(torch::Tensor x) {
    std::vector<torch::Tensor> made(steps.size()), found;
    for (size_t i = 0; i < steps.size(); i++) {
      Line line = lines[i + 1];
      if (line.kind == "plus") {
        x = x + made[absolute(line.number("with", -1), i + 1)];
      } else if (line.kind == "join") {
        std::vector<torch::Tensor> parts;
        for (int k : numbers<int>(line.settings["with"])) parts.push_back(made[absolute(k, i + 1)]);
        x = parts.size() == 1 ? parts[0] : torch::cat(parts, 1);
      } else if (line.kind == "boxes") {
        auto* head = dynamic_cast<torch::nn::SequentialImpl*>(steps[i].ptr().get());
        found.push_back(head->forward(x, lines[0].number("size", 0), line.number("classes", 0), torch::Device(torch::kCPU)));
      } else {
        x = steps[i]->forward(x);
      }
      made[i] = x;
    }
    torch::Tensor all = found.at(0);
    for (size_t i = 1; i < found.size(); ++i) all = torch::cat({all, found[i]}, 1);
    return all;
  }
  Settings* input() { return lines.size() > 0 ? &lines[0].settings : nullptr; }

 private:
  // Lines are counted from 1, and backwards from the line that asks.
  static size_t absolute(int k, size_t here) { return (k < 0 ? int(here) + k : k) - 1; }
  std::vector<Line> lines;
  std::vector<torch::nn::Sequential> steps;
};

int main() {
  TextNet net(kTiny);
  net.input()->operator[]("size") = std::to_string(416);
  torch::NoGradGuard no_grad;
  net.eval();
  std::cout << net.forward(torch::rand({1, 3, 416, 416})).sizes() << std::endl;
}
