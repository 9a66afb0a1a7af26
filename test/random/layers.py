"""How a program builds its layers from its widths, and what it does to tensors. Tensors have two dimensions throughout.

A builder gives the fields, the constructor's lines and the lines of forward that run the layers.
"""

from expressions import condition, integer, variable


def activation(s):
    return s.rng.choice(["torch::relu", "torch::tanh", "torch::sigmoid", "torch::gelu", "torch::silu"])


def in_vector(s):
    return (["std::vector<Linear> layers;"],
            ["for (size_t i = 0; i + 1 < widths.size(); ++i)",
             "  layers.push_back(register_module(\"l\" + std::to_string(i), Linear(widths[i], widths[i + 1])));"],
            ["for (auto& layer : layers)",
             f"  x = {activation(s)}(layer(fit(x, layer->options.in_features())));"])


def in_sequential(s):
    norm = s.rng.random() < 0.5
    return (["torch::nn::Sequential net;", "int64_t first = 0;"],
            ["int64_t in = first = widths.front();",
             "for (auto out : widths) {",
             f"  net->push_back(Linear(torch::nn::LinearOptions(in, out).bias({'out % 2 == 0' if s.rng.random() < 0.5 else 'true'})));",
             *(["  if (out > 4) net->push_back(torch::nn::LayerNorm(torch::nn::LayerNormOptions({out})));"] if norm else []),
             f"  net->push_back(torch::nn::{s.rng.choice(['ReLU', 'Tanh', 'ELU', 'Sigmoid'])}());",
             "  in = out;",
             "}",
             "register_module(\"net\", net);"],
            ["x = net->forward(fit(x, first));"])


def in_list(s):
    return (["torch::nn::ModuleList list;"],
            ["for (auto it = widths.rbegin(); it != widths.rend(); ++it) list->push_back(Linear(*it, *it + 1));",
             "register_module(\"list\", list);"],
            ["for (const auto& m : *list) {",
             "  auto* line = m->as<Linear>();",
             "  x = line->forward(fit(x, line->options.in_features()));",
             "}"])


def by_name(s):
    return (["std::map<std::string, Linear> layers;"],
            ["for (auto v : widths)",
             "  if (auto name = \"w\" + std::to_string(v); !layers.count(name)) layers.emplace(name, register_module(name, Linear(v, bounded(v * 3))));"],
            ["for (const auto& [name, layer] : layers) {",
             "  auto l = layer;",
             f"  x = l->forward(fit(x, std::stoll(name.substr(1)))) + {s.rng.randint(0, 3)};",
             "}"])


def blocks(s):
    t = s.helper("Block")
    s.helpers.append(
        f"template <bool Skip> struct {t} : torch::nn::Module {{ Linear a, b{{nullptr}}; {t}(int64_t n, int64_t mid) : a(n, mid) {{ register_module(\"a\", a); "
        f"b = register_module(\"b\", Linear(mid, n)); }} Tensor forward(Tensor x) {{ auto y = b({activation(s)}(a(x))); if constexpr (Skip) return x + y; return y; }} }};")
    return ([f"std::vector<std::shared_ptr<{t}<true>>> skips;", f"std::unique_ptr<{t}<false>> last;"],
            [f"for (auto v : widths) skips.push_back(std::make_shared<{t}<true>>(v, bounded(v + 5)));",
             f"if (widths.size() > {s.rng.randint(1, 3)}) last = std::make_unique<{t}<false>>(widths.back(), 3);"],
            ["for (size_t i = 0; i < skips.size(); ++i) x = skips[i]->forward(fit(x, widths[i]));",
             "if (last) x = last->forward(fit(x, widths.back()));"])


def chosen(s):
    t = s.helper("make")
    s.helpers.append(
        f"inline torch::nn::AnyModule {t}(const std::string& kind, int64_t n) {{ if (kind == \"line\") return torch::nn::AnyModule(Linear(n, n)); "
        f"if (kind == \"norm\") return torch::nn::AnyModule(torch::nn::LayerNorm(torch::nn::LayerNormOptions({{n}}))); return torch::nn::AnyModule(torch::nn::Softmax(1)); }}")
    return (["std::vector<std::pair<int64_t, torch::nn::AnyModule>> chosen;"],
            ["const std::vector<std::string> kinds{\"line\", \"norm\", \"soft\"};",
             f"for (size_t i = 0; i < widths.size(); ++i) chosen.emplace_back(widths[i], {t}(kinds[(i + {s.rng.randint(0, 2)}) % kinds.size()], widths[i]));"],
            ["for (auto& [n, m] : chosen) x = m.forward(fit(x, n));"])


BUILDERS = [in_vector, in_sequential, in_list, by_name, blocks, chosen]


def elementwise(s):
    return [f"x = {activation(s)}(x) {s.rng.choice('+-*')} {s.rng.choice(['2', '0.5', 'x', 'x.sin()'])};"]


def joined(s):
    return [f"x = limited(torch::cat({{x, fit(x, bounded({integer(s, 1)}, 6))}}, 1));"]


def repeated(s):
    return [f"x = limited(x.repeat({{1 + std::abs({variable(s)}) % 2, {s.rng.randint(1, 2)}}}));"]


def transposed(s):
    return [f"if ({condition(s, 0)}) x = limited(x.t(){s.rng.choice(['', '.contiguous()'])}); else x = x.abs();"]


def reshaped(s):
    return ["x = limited(x.contiguous().view({x.size(1), -1}));"] if s.rng.random() < 0.5 else [
        "if (x.numel() % 2 == 0) x = limited(x.reshape({2, -1}));"]


def reduced(s):
    op = s.rng.choice(["sum", "mean"])
    return [f"x = x - x.{op}({s.rng.randint(0, 1)}, true);"]


def stacked(s):
    i = s.fresh("i")
    return ["{", "  std::vector<Tensor> parts;",
            f"  for (int64_t {i} = 0; {i} < std::min<int64_t>(x.size(0), {s.rng.randint(1, 4)}); ++{i}) parts.push_back({s.rng.choice([f'x[{i}]', f'x.select(0, {i})'])});",
            "  x = torch::stack(parts);", "}"]


def chunked(s):
    return [f"{{ auto parts = x.chunk({s.rng.randint(2, 3)}, 1); x = parts[0]; for (size_t i = 1; i < parts.size(); ++i) if (parts[i].size(1) == x.size(1)) x = x * parts[i]; }}"]


def sliced(s):
    return [f"x = x.slice(1, 0, bounded({integer(s, 1)}, 9));", f"x = x.index({{torch::indexing::Slice(0, {s.rng.randint(1, 6)}), \"...\"}});"]


def lifted(s):
    return [f"x = x.unsqueeze({s.rng.randint(0, 2)}).expand({{-1, -1, -1}}).flatten(1);", "x = limited(x);"]


def through_lambda(s):
    f = s.fresh("f")
    return [f"auto {f} = [&](Tensor t, int64_t n = {s.rng.randint(1, 2)}) {{ for (int64_t i = 0; i < n; ++i) t = t.{s.rng.choice(['cos', 'exp', 'neg', 'relu'])}(); return t; }};",
            f"x = {f}(x, std::abs({variable(s)}) % 3);"]


def multiplied(s):
    return ["x = x.matmul(x.transpose(0, 1));"]


OPERATIONS = [elementwise, joined, repeated, transposed, reshaped, reduced, stacked, chunked, sliced, lifted, through_lambda, multiplied]
