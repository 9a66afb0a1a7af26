// Letters to frames of sound: a writer that hears its last frame through noise that stays on, and looks where it has already read.
#include <torch/torch.h>
#include <iostream>
#include <limits>
#include <memory>
#include <tuple>
#include <vector>

using torch::Tensor;
namespace nn = torch::nn;
namespace F = torch::nn::functional;

struct Sizes {
    int letters = 148, text = 512, bands = 80, heard = 256, state = 1024, look = 128, traces = 32, trace_side = 31, polish = 512, most = 1000;
    float forget = 0.1, enough = 0.5;
};

/// Always forgets, so that the writer does not trust what it hears.
struct Hearing : nn::Module {
    std::vector<nn::Linear> steps;
    Hearing(int from, std::vector<int> widths) {
        widths.insert(widths.begin(), from);
        for (std::size_t i = 1; i < widths.size(); i++) {
            steps.push_back(nn::Linear(nn::LinearOptions(widths[i - 1], widths[i]).bias(false)));
            register_module("step" + std::to_string(i), steps.back());
        }
    }
    Tensor forward(Tensor x) {
        for (auto &step : steps)
            x = F::dropout(F::relu(step(x)), F::DropoutFuncOptions().p(0.5).training(true));
        return x;
    }
};

/// Filters over time, `tanh` between them.
struct Polish : nn::Module {
    nn::ModuleList steps;
    Polish(const Sizes &s, int n = 5) {
        for (int i = 0; i < n; i++)
            steps->push_back(nn::Sequential(nn::Conv1d(nn::Conv1dOptions(i ? s.polish : s.bands, i + 1 < n ? s.polish : s.bands, 5).padding(2)), nn::BatchNorm1d(i + 1 < n ? s.polish : s.bands)));
        register_module("steps", steps);
    }
    Tensor forward(Tensor x) {
        const auto forget = F::DropoutFuncOptions().p(0.5).training(is_training());
        for (size_t i = 0; i < steps->size(); i++) {
            auto y = steps[i]->as<nn::Sequential>()->forward(x);
            x = F::dropout(i + 1 < steps->size() ? torch::tanh(y) : y, forget);
        }
        return x;
    }
};

/// What is read next follows from the state, the text, and where was read before.
struct Finger : nn::Module {
    nn::Linear of_state{nullptr}, of_text{nullptr}, of_traces{nullptr}, rate{nullptr};
    nn::Conv1d traces{nullptr};
    explicit Finger(const Sizes &s) {
        auto add = [this](const std::string &name, int from, int to) {
            nn::Linear l(nn::LinearOptions(from, to).bias(false));
            nn::init::xavier_uniform_(l->weight, nn::init::calculate_gain(torch::kTanh));
            return register_module(name, l);
        };
        of_state = add("of_state", s.state, s.look);
        of_text = add("of_text", s.text, s.look);
        of_traces = add("of_traces", s.traces, s.look);
        rate = add("rate", s.look, 1);
        traces = register_module("traces", nn::Conv1d(nn::Conv1dOptions(2, s.traces, s.trace_side).padding(s.trace_side / 2).bias(false)));
    }
    std::tuple<Tensor, Tensor> forward(Tensor state, Tensor text, Tensor prepared, Tensor before, Tensor filling) {
        auto where = of_traces(traces(before).transpose(1, 2));
        auto fits = rate(torch::tanh(of_state(state.unsqueeze(1)) + where + prepared)).squeeze(-1);
        if (filling.defined()) fits.masked_fill_(filling, -std::numeric_limits<float>::infinity());
        auto share = F::softmax(fits, 1);
        return std::make_tuple(torch::bmm(share.unsqueeze(1), text).squeeze(1), share);
    }
};

class Speaker : public nn::Module {
    /// Of one text.
    struct Moment {
        Tensor text, prepared, filling;
        std::tuple<Tensor, Tensor> looking, speaking;
        Tensor share, all_shares, read;
    };
    struct Said { Tensor frame, end, share; };

public:
    explicit Speaker(Sizes given) : s(given) {
        hear = register_module("hear", std::make_shared<Hearing>(s.bands, std::vector<int>{s.heard, s.heard}));
        finger = register_module("finger", std::make_shared<Finger>(s));
        look = register_module("look", nn::LSTMCell(s.heard + s.text, s.state));
        speak = register_module("speak", nn::LSTMCell(nn::LSTMCellOptions(s.state + s.text, s.state)));
        frame = register_module("frame", nn::Linear(s.state + s.text, s.bands));
        end = register_module("end", nn::Linear(s.state + s.text, 1));
    }

    std::vector<Tensor> forward(Tensor text, Tensor frames, Tensor filling) {
        auto silence = torch::zeros({1, text.size(0), s.bands});
        auto heard = hear->forward(torch::cat({silence, frames.permute({2, 0, 1})}, 0));
        begin(text, filling);
        std::vector<Tensor> all, ends, shares;
        while ((int64_t)all.size() + 1 < heard.size(0)) {
            auto said = step(heard[all.size()]);
            all.push_back(said.frame);
            ends.push_back(said.end.squeeze(1));
            shares.push_back(said.share);
        }
        return {torch::stack(all, 1).transpose(1, 2), torch::stack(ends).transpose(0, 1).contiguous(), torch::stack(shares).transpose(0, 1)};
    }

    std::vector<Tensor> alone(Tensor text) {
        begin(text, {});
        std::vector<Tensor> all{torch::zeros({text.size(0), s.bands})};
        for (;;) {
            auto said = step(hear->forward(all.back()));
            all.push_back(said.frame);
            if (said.end.sigmoid().item<float>() > s.enough) break;
            if ((int)all.size() <= s.most) continue;
            std::cout << "this takes too long" << std::endl;
            break;
        }
        return all;
    }

private:
    void begin(const Tensor &text, const Tensor &filling) {
        auto nothing = [&](int64_t n) { return torch::zeros({text.size(0), n}, text.options()); };
        now = Moment{text, finger->of_text(text), filling, {nothing(s.state), nothing(s.state)}, {nothing(s.state), nothing(s.state)}, nothing(text.size(1)), nothing(text.size(1)), nothing(s.text)};
    }
    Said step(const Tensor &heard) {
        now.looking = look(torch::cat({heard, now.read}, -1), now.looking);
        auto &state = std::get<0>(now.looking);
        state = F::dropout(state, F::DropoutFuncOptions().p(s.forget).training(is_training()));
        auto before = torch::stack({now.share, now.all_shares}, 1);
        std::tie(now.read, now.share) = finger->forward(state, now.text, now.prepared, before, now.filling);
        now.all_shares += now.share;
        now.speaking = speak->forward(torch::cat({state, now.read}, -1), now.speaking);
        auto both = torch::cat({std::get<0>(now.speaking), now.read}, 1);
        return {frame(both), end(both), now.share};
    }
    Sizes s;
    Moment now;
    std::shared_ptr<Hearing> hear;
    std::shared_ptr<Finger> finger;
    nn::LSTMCell look{nullptr}, speak{nullptr};
    nn::Linear frame{nullptr}, end{nullptr};
};

class Reader : public nn::Module {
public:
    explicit Reader(const Sizes &s) {
        letters = register_module("letters", nn::Embedding(s.letters, s.text));
        for (auto name : {"near", "wider", "widest"})
            filters.push_back(register_module(name, nn::Sequential(nn::Conv1d(nn::Conv1dOptions(s.text, s.text, 5).padding(2)), nn::BatchNorm1d(s.text), nn::ReLU())));
        both_ways = register_module("both_ways", nn::LSTM(nn::LSTMOptions(s.text, s.text / 2).num_layers(1).batch_first(true).bidirectional(true)));
        speaker = register_module("speaker", std::make_shared<Speaker>(s));
        polish = register_module("polish", std::make_shared<Polish>(s));
    }
    std::vector<Tensor> forward(Tensor text, Tensor lengths, Tensor frames) {
        auto x = letters(text).transpose(1, 2);
        for (auto &f : filters) x = f->forward(x);
        auto understood = std::get<0>(both_ways->forward(x.transpose(1, 2)));
        auto filling = torch::bitwise_not(torch::arange(0, text.size(1), lengths.options()) < lengths.unsqueeze(1)).to(torch::kBool);
        auto said = speaker->forward(understood, frames, filling);
        said.insert(said.begin() + 1, polish->forward(said[0]) + said[0]);
        return said;
    }
private:
    nn::Embedding letters{nullptr};
    std::vector<nn::Sequential> filters;
    nn::LSTM both_ways{nullptr};
    std::shared_ptr<Speaker> speaker;
    std::shared_ptr<Polish> polish;
};

// cobra: Sizes s; s.bands = 8; s.text = 16; s.state = 12; s.heard = 6; s.look = 10; s.traces = 4; s.trace_side = 5; s.polish = 16; Reader r(s); r.eval(); auto text = torch::randint(0, 148, {2, 9}, torch::kLong); auto lengths = torch::tensor({9, 7}); auto frames = torch::randn({2, 8, 4}); r.forward(text, lengths, frames);
int main() {
    auto reader = std::make_shared<Reader>(Sizes());
    reader->eval();
    torch::NoGradGuard guard;
    for (auto &t : reader->forward(torch::randint(0, 148, {1, 20}), torch::full({1}, 20, torch::kLong), torch::randn({1, 80, 16}))) std::cout << t.sizes() << "\n";
    return 0;
}
