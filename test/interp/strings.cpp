// Strings: names that are built, split, searched, parsed, and that decide layers.
#include <torch/torch.h>

#include <map>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

using torch::Tensor;

// ---- layers chosen by strings, through if-else chains
torch::nn::Sequential fromNames(const std::vector<std::string>& names) {
  torch::nn::Sequential net;
  int64_t width = 8;
  for (const auto& n : names) {
    if (n == "relu") net->push_back(torch::nn::ReLU());
    else if (n.rfind("fc", 0) == 0) {
      auto out = std::stoi(n.substr(2));
      net->push_back(torch::nn::Linear(width, out));
      width = out;
    } else if (n.compare("tanh") == 0) net->push_back(torch::nn::Tanh());
    else throw std::invalid_argument("no such layer: " + n);
  }
  return net;
}
struct ByName : torch::nn::Module {
  torch::nn::Sequential net = register_module("net", fromNames({"fc4", "relu", "fc2", "tanh"}));
  Tensor forward(Tensor x) { return net->forward(x); } // [[1 4]] [[1 4]] [[1 2]] [[1 2]]
};
// cobra: ByName net; auto x = torch::randn({1, 8}); net.forward(x);

// ---- a list split at commas, trimmed, parsed
std::vector<std::string> split(const std::string& text, char at) {
  std::vector<std::string> parts;
  std::string::size_type from = 0, to;
  while ((to = text.find(at, from)) != std::string::npos) {
    parts.push_back(text.substr(from, to - from));
    from = to + 1;
  }
  parts.push_back(text.substr(from));
  return parts;
}
std::string trim(const std::string& s) {
  auto first = s.find_first_not_of(" \t");
  if (first == std::string::npos) return "";
  return s.substr(first, s.find_last_not_of(" \t") - first + 1);
}
struct Split : torch::nn::Module {
  Tensor forward(Tensor x) {
    std::vector<int64_t> shape;
    for (auto& part : split(" 3, 5 ,2,", ',')) {
      auto t = trim(part);
      if (!t.empty()) shape.push_back(std::stoll(t));
    }
    return x.expand(shape); // [[3 5 2]]
  }
};
// cobra: Split net; auto x = torch::randn({1, 1, 1}); net.forward(x);

// ---- read through a string stream: words, numbers, lines
struct Streams : torch::nn::Module {
  Tensor forward(Tensor x) {
    std::istringstream in("4 x 2.5\nsecond line");
    int64_t n;
    std::string word, line;
    double d;
    in >> n >> word >> d;
    std::getline(in, line);
    std::getline(in, line);
    std::vector<int64_t> widths;
    std::stringstream list("1;2;3");
    for (std::string item; std::getline(list, item, ';');) widths.push_back(std::stoi(item) * 2);
    int64_t count = 0;
    std::istringstream words("a b c d");
    while (words >> word) ++count;
    return x.expand({n, static_cast<int64_t>(d * 2), static_cast<int64_t>(line.size()), widths[2], count}); // [[4 5 11 6 4]]
  }
};
// cobra: Streams net; auto x = torch::randn({1, 1, 1, 1, 1}); net.forward(x);

// ---- a configuration in the text of the program: key = value, sections, comments
const char* cfg = R"(
[conv]
filters = 6
size=3   # kernel
[pool]
size=2
[conv]
filters=4
size=1
)";
struct FromText : torch::nn::Module {
  torch::nn::Sequential net;
  FromText() {
    std::vector<std::map<std::string, std::string>> blocks;
    std::istringstream in(cfg);
    for (std::string line; std::getline(in, line);) {
      line = line.substr(0, line.find('#'));
      line.erase(std::remove(line.begin(), line.end(), ' '), line.end());
      if (line.empty()) continue;
      if (line.front() == '[' && line.back() == ']') {
        blocks.push_back({{"type", line.substr(1, line.size() - 2)}});
      } else if (auto eq = line.find('='); eq != std::string::npos) {
        blocks.back()[line.substr(0, eq)] = line.substr(eq + 1);
      }
    }
    int64_t in_channels = 3;
    for (auto& b : blocks) {
      const int size = std::stoi(b["size"]);
      if (b["type"] == "pool") {
        net->push_back(torch::nn::MaxPool2d(size));
        continue;
      }
      const int64_t filters = std::stoi(b.at("filters"));
      net->push_back(torch::nn::Conv2d(torch::nn::Conv2dOptions(in_channels, filters, size).padding(size / 2)));
      in_channels = filters;
    }
    register_module("net", net);
  }
  Tensor forward(Tensor x) { return net->forward(x); } // [[1 6 8 8]] [[1 6 4 4]] [[1 4 4 4]]
};
// cobra: FromText net; auto x = torch::randn({1, 3, 8, 8}); net.forward(x);

// ---- changed in place: append, insert, replace, erase, +=, resize, upper case
struct Changed : torch::nn::Module {
  Tensor forward(Tensor x) {
    std::string s = "abc";
    s += "de";
    s.insert(1, "XY");        // aXYbcde
    s.replace(0, 2, "q");     // qYbcde
    s.erase(2, 3);            // qYe
    s.append(2, 'z').push_back('!'); // qYezz!
    for (auto& c : s) c = static_cast<char>(std::toupper(c));
    std::string t(s.rbegin(), s.rend()); // !ZZEYQ
    s.pop_back();
    int64_t upper = 0;
    for (char c : t) upper += c >= 'A' && c <= 'Z';
    s.resize(2);
    return x.expand({static_cast<int64_t>(t.find("ZE")), upper, s == "QY" ? 4 : 9, t[0] == '!' ? static_cast<int64_t>(t.length()) : 1, t.back() - 'A'}); // [[2 5 4 6 16]]
  }
};
// cobra: Changed net; auto x = torch::randn({1, 1, 1, 1, 1}); net.forward(x);

// ---- string_view, comparisons, find and friends
int64_t lengthOf(std::string_view v) { return static_cast<int64_t>(v.size()); }
struct Viewed : torch::nn::Module {
  Tensor forward(Tensor x) {
    std::string_view path = "layer3.conv.weight";
    auto dot = path.find('.');
    auto name = path.substr(0, dot);
    path.remove_prefix(dot + 1);
    const bool less = name < path;
    return x.expand({lengthOf(name), lengthOf(path), path.find("weight") == std::string_view::npos ? 1 : 2, name.back() - '0', less + 3}); // [[6 11 2 3 3]]
  }
};
// cobra: Viewed net; auto x = torch::randn({1, 1, 1, 1, 1}); net.forward(x);

// ---- numbers to text and back: to_string, stoi with a base and a position, stof, chars as digits
struct Numbers : torch::nn::Module {
  Tensor forward(Tensor x) {
    std::size_t used = 0;
    int64_t a = std::stoi("12abc", &used), b = std::stol("ff", nullptr, 16);
    float f = std::stof("2.75");
    auto digits = std::to_string(1234) + std::to_string(2.5);
    int64_t bad = 0;
    try {
      bad = std::stoi("none");
    } catch (const std::invalid_argument&) {
      bad = 3;
    }
    return x.expand({a, static_cast<int64_t>(used), b, static_cast<int64_t>(f * 4), static_cast<int64_t>(digits.size()), bad, '7' - '0'}); // [[12 2 255 11 12 3 7]]
  }
};
// cobra: Numbers net; auto x = torch::randn({1, 1, 1, 1, 1, 1, 1}); net.forward(x);

// ---- switch over characters of a string: a VGG table as text
struct Vgg : torch::nn::Module {
  torch::nn::Sequential net;
  explicit Vgg(const std::string& table) {
    int64_t in = 3;
    for (char c : table) switch (c) {
      case 'M': net->push_back(torch::nn::MaxPool2d(torch::nn::MaxPool2dOptions(2).stride(2))); break;
      case '0' ... '9': {
        int64_t out = (c - '0') * 4;
        net->push_back(torch::nn::Conv2d(torch::nn::Conv2dOptions(in, out, 3).padding(1)));
        in = out;
        [[fallthrough]];
      }
      default: net->push_back(torch::nn::ReLU(true));
    }
    register_module("net", net);
  }
  Tensor forward(Tensor x) { return net->forward(x).flatten(1); } // [[1 4 8 8]] [[1 4 8 8]] [[1 4 4 4]] [[1 8 4 4]] [[1 8 4 4]] [[1 128]]
};
// cobra: Vgg net("1M2"); auto x = torch::randn({1, 3, 8, 8}); net.forward(x);

// ---- messages built with an output stream, names with c_str, strings in conditions
struct Messages : torch::nn::Module {
  Tensor forward(Tensor x) {
    std::ostringstream out;
    out << "block" << 3 << '_' << x.size(0) << (x.dim() == 2 ? "/two" : "/other");
    const std::string s = out.str(), c = s.c_str();
    std::cout << s << std::endl;
    return x.repeat({static_cast<int64_t>(c.length()), s == "block3_2/two"}); // [[24 3]]
  }
};
// cobra: Messages net; auto x = torch::randn({2, 3}); net.forward(x);

// ---- a literal walked by a pointer, character by character
struct Walked : torch::nn::Module {
  torch::nn::Sequential net;
  Walked() {
    int64_t from = 8;
    for (const char* p = "b/aa"; *p; ++p) {
      if (*p == '/') {
        net->push_back(torch::nn::ReLU());
        continue;
      }
      const int64_t to = 2 << (*p - 'a');
      net->push_back(torch::nn::Linear(from, to));
      from = to;
    }
    register_module("net", net);
  }
  Tensor forward(Tensor x) {
    x = net->forward(x); // [[1 4]] [[1 4]] [[1 2]] [[1 2]]
    const char* rest = "cd";
    int64_t n = 0;
    while (*rest != '\0') n = 10 * n + (*rest++ - 'a');
    return x.expand({n, 2}); // [[23 2]]
  }
};
// cobra: Walked net; auto x = torch::randn({1, 8}); net.forward(x);
