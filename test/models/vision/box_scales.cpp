#include <torch/torch.h>
#include <algorithm>
#include <cmath>
#include <iostream>
using namespace torch;

// Boxes of fixed sizes on six grids, each told what to add to them and what is inside.

struct Grid {
    int cells;
    float size, next_size;
    std::vector<int> stretched; // 2: twice as wide as high, and the reverse
    int per_cell() const { return 2 + 2 * (int)stretched.size(); }
};

struct Arrangement {
    float image = 300;
    std::vector<Grid> grids = {{38, 30, 60, {2}}, {19, 60, 111, {2, 3}}, {10, 111, 162, {2, 3}}, {5, 162, 213, {2, 3}}, {3, 213, 264, {2}}, {1, 264, 315, {2}}};
    bool inside = true;

    /// Middle and extent of every box, as shares of the image: [boxes, 4].
    Tensor boxes() const {
        std::vector<float> rows;
        for (const Grid &g : grids)
            for (int cell = 0; cell < g.cells * g.cells; cell++) {
                const float x = (cell % g.cells + 0.5f) / g.cells, y = (cell / g.cells + 0.5f) / g.cells, s = g.size / image;
                auto put = [&](float w, float h) { rows.insert(rows.end(), {x, y, w, h}); };
                put(s, s);
                put(std::sqrt(s * g.next_size / image), std::sqrt(s * g.next_size / image));
                for (int k : g.stretched) {
                    const float r = std::sqrt((float)k);
                    put(s * r, s / r);
                    put(s / r, s * r);
                }
            }
        auto all = torch::from_blob(rows.data(), {(int64_t)rows.size() / 4, 4}).clone();
        return inside ? all.clamp_(0, 1) : all;
    }
};

const std::vector<int> kBody = {64, 64, 0, 128, 128, 0, 256, 256, 256, -1, 512, 512, 512, 0, 512, 512, 512};

struct UnitLengthImpl : nn::Module {
    Tensor gain;
    UnitLengthImpl(int channels, float start) { gain = register_parameter("gain", torch::full({channels}, start)); }
    Tensor forward(Tensor x) {
        auto length = x.pow(2).sum(1, true).sqrt() + 1e-10;
        return gain.unsqueeze(0).unsqueeze(2).unsqueeze(3).expand_as(x) * torch::div(x, length);
    }
};
TORCH_MODULE(UnitLength);

nn::Conv2d conv(int from, int to, int side = 3, int step = 1, int spread = 1) {
    return nn::Conv2d(nn::Conv2dOptions(from, to, side).stride(step).padding(side / 2 * spread).dilation(spread));
}

class GridDetector : public nn::Module {
public:
    explicit GridDetector(int classes = 21, Arrangement layout = Arrangement()) : classes(classes), unit(512, 20.f) {
        int from = 3;
        for (int to : kBody) {
            if (to <= 0) body->push_back(nn::MaxPool2d(nn::MaxPool2dOptions(2).ceil_mode(to < 0)));
            else {
                body->push_back(conv(from, to));
                body->push_back(nn::ReLU(nn::ReLUOptions(true)));
                from = to;
            }
        }
        body->push_back(nn::MaxPool2d(nn::MaxPool2dOptions(3).stride(1).padding(1)));
        for (auto c : {conv(512, 1024, 3, 1, 6), conv(1024, 1024, 1)}) {
            body->push_back(c);
            body->push_back(nn::ReLU(true));
        }
        register_module("body", body);
        register_module("unit", unit);

        from = 1024;
        for (auto [few, many, step] : std::vector<std::tuple<int, int, int>>{{256, 512, 2}, {128, 256, 2}, {128, 256, 1}, {128, 256, 1}}) {
            further->push_back(conv(from, few, 1));
            further->push_back(nn::Conv2d(nn::Conv2dOptions(few, many, 3).stride(step).padding(step == 2 ? 1 : 0)));
            from = many;
        }
        register_module("further", further);

        // the widths of the grids are those of the layers they are taken from
        std::vector<int64_t> widths{body[early - 2]->as<nn::Conv2d>()->options.out_channels()};
        auto last = std::dynamic_pointer_cast<nn::Conv2dImpl>(body->ptr(body->size() - 2));
        widths.push_back(last->options.out_channels());
        for (size_t i = 1; i < further->size(); i += 2) widths.push_back(further[i]->as<nn::Conv2d>()->options.out_channels());
        for (size_t i = 0; i < widths.size(); i++) {
            const int n = layout.grids.at(i).per_cell();
            where->push_back(conv(widths[i], n * 4));
            what->push_back(conv(widths[i], n * classes));
        }
        register_module("where", where);
        register_module("what", what);
        boxes = layout.boxes();
    }

    std::tuple<Tensor, Tensor, Tensor> forward(Tensor x) {
        std::vector<Tensor> grids;
        for (int i = 0; i < (int)body->size(); i++) {
            if (i == early) grids.push_back(unit(x));
            x = step(*body[i], x);
        }
        grids.push_back(x);
        int n = 0;
        for (auto &m : *further) {
            x = relu(m->as<nn::Conv2d>()->forward(x));
            if (++n % 2 == 0) grids.push_back(x);
        }
        auto moves = gather(*where, grids, 4), names = gather(*what, grids, classes);
        if (is_training()) return {moves, names, boxes};
        return {moved(moves), softmax(names, -1), boxes};
    }

private:
    static Tensor step(nn::Module &m, Tensor x) {
        if (auto *c = dynamic_cast<nn::Conv2dImpl *>(&m)) return c->forward(x);
        if (auto *p = dynamic_cast<nn::MaxPool2dImpl *>(&m)) return p->forward(x);
        if (auto *r = m.as<nn::ReLU>()) return r->forward(x);
        AT_ERROR("cannot run ", m.name());
    }
    static Tensor gather(nn::ModuleListImpl &heads, const std::vector<Tensor> &grids, int64_t fields) {
        std::vector<Tensor> rows;
        for (size_t i = 0; i < grids.size(); ++i) {
            auto y = heads[i]->as<nn::Conv2d>()->forward(grids[i]);
            y = y.permute({0, 2, 3, 1}).contiguous();
            rows.push_back(y.view({y.size(0), -1, fields}));
        }
        return torch::cat(rows, 1);
    }
    Tensor moved(Tensor by) {
        auto middle = boxes.slice(1, 0, 2) + by.slice(2, 0, 2) * 0.1 * boxes.slice(1, 2);
        auto corners = torch::cat({middle, boxes.slice(1, 2) * torch::exp(by.slice(2, 2) * 0.2)}, 2);
        corners.narrow(2, 0, 2) -= corners.narrow(2, 2, 2) / 2;
        corners.narrow(2, 2, 2) += corners.narrow(2, 0, 2);
        return corners;
    }

    static constexpr int early = 23;
    int classes;
    nn::ModuleList body, further, where, what;
    UnitLength unit;
    Tensor boxes;
};

int main() {
    GridDetector net;
    net.eval();
    auto [corners, scores, boxes] = net.forward(torch::rand({1, 3, 300, 300}));
    std::cout << corners.sizes() << scores.sizes() << boxes.sizes() << std::endl;
}
