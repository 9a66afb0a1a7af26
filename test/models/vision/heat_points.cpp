#include <torch/torch.h>
#include <iostream>
#include <map>
#include <string>

// Things are where a heat map has a summit; other maps say how large they are. Heads are made from a map of names and widths.

typedef std::map<std::string, torch::Tensor> Maps;

struct SummitsImpl : torch::nn::Module {
    struct Growth { int width, side; };

    SummitsImpl(std::map<std::string, int> wanted, int hidden = 64, std::vector<Growth> growth = {{128, 4}, {64, 4}, {64, 2}}) : wanted_(wanted) {
        for (int width = 16, from = 3; width <= 256; from = width, width *= 2) {
            shrink->push_back(torch::nn::Conv2d(torch::nn::Conv2dOptions(from, width, 3).stride(2).padding(1).bias(false)));
            shrink->push_back(torch::nn::BatchNorm2d(width));
            shrink->push_back(torch::nn::ReLU(true));
            now = width;
        }
        register_module("shrink", shrink);
        grow = register_module("grow", doubled(growth));
        for (auto const& [name, width] : wanted_) {
            torch::nn::Sequential head(torch::nn::Conv2d(torch::nn::Conv2dOptions(now, hidden, 3).padding(1)), torch::nn::ReLU(true), torch::nn::Conv2d(hidden, width, 1));
            if (name.rfind("heat", 0) == 0) head->ptr<torch::nn::Conv2dImpl>(head->size() - 1)->bias.data().fill_(-2);
            heads[name] = register_module(name, head);
        }
    }

    Maps forward(torch::Tensor x) {
        Maps maps;
        x = grow->forward(shrink->forward(x));
        for (auto& head : heads) maps[head.first] = head.second->forward(x);
        return maps;
    }

private:
    torch::nn::Sequential doubled(const std::vector<Growth>& growth) {
        torch::nn::Sequential steps;
        for (auto g : growth) {
            int before, extra;
            std::tie(before, extra) = g.side % 2 ? std::make_tuple(1, 1) : std::make_tuple(g.side / 2 - 1, 0);
            steps->push_back(torch::nn::ConvTranspose2d(
                torch::nn::ConvTranspose2dOptions(now, g.width, g.side).stride(2).padding(before).output_padding(extra).bias(false)));
            steps->push_back(torch::nn::BatchNorm2d(torch::nn::BatchNorm2dOptions(g.width).momentum(0.1)));
            steps->push_back(torch::nn::ReLU(true));
            now = g.width;
        }
        return steps;
    }
    std::map<std::string, int> wanted_;
    int now = 0;
    torch::nn::Sequential shrink, grow{nullptr};
    std::map<std::string, torch::nn::Sequential> heads;
};
TORCH_MODULE(Summits);

/// Values of a map [N, C, H, W] at places [N, K] of its pixels: [N, K, C].
torch::Tensor values_at(const torch::Tensor& map, const torch::Tensor& place) {
    auto rows = map.permute({0, 2, 3, 1}).contiguous().view({map.size(0), -1, map.size(1)});
    return rows.gather(1, place.unsqueeze(2).expand({-1, -1, rows.size(2)}));
}

/// [N, count, 6]: the corners, the heat, the class.
torch::Tensor find(torch::Tensor heat, torch::Tensor extent, torch::Tensor shift, int count) {
    const auto n = heat.size(0), kinds = heat.size(1), pixels = heat.size(2) * heat.size(3);
    auto highest = torch::max_pool2d(heat, {3, 3}, {1, 1}, {1, 1});
    heat = heat * heat.eq(highest).toType(torch::kFloat);
    auto [best, index] = torch::topk(heat.view({n, kinds * pixels}), count);
    auto kind = torch::floor_divide(index, pixels).to(torch::kFloat);
    auto place = index % pixels;
    auto y = (place / heat.size(3)).floor(), x = (place % heat.size(3)).to(torch::kFloat);
    auto middle = torch::stack({x, y}, 2) + values_at(shift, place);
    auto half = values_at(extent, place) / 2;
    auto corners = torch::cat({middle - half, middle + half}, 2);
    return torch::cat({corners, best.view({n, count, 1}), kind.unsqueeze(-1)}, 2);
}

torch::Tensor detect(Summits& net, const torch::Tensor& image) {
    torch::NoGradGuard guard;
    auto maps = net->forward(image);
    return find(maps["heat"].sigmoid_(), maps["extent"], maps.at("shift"), 40);
}

int main(int argc, char** argv) {
    Summits net(std::map<std::string, int>{{"heat", argc > 1 ? std::stoi(argv[1]) : 20}, {"extent", 2}, {"shift", 2}}, 64);
    net->eval();
    std::cout << "found " << detect(net, torch::rand({1, 3, 256, 256})).sizes() << std::endl;
}
