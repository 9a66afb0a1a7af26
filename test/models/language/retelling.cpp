/*
 * One sequence into another: a recurrent network reads both ways, a second one writes word by word and looks back at what fits.
 */
#include <torch/torch.h>

#include <cstdlib>
#include <iostream>
#include <vector>

using namespace std;
using namespace torch;

class ReaderImpl : public nn::Module {
public:
    ReaderImpl(int words, int width, int kept, int passed, double forget)
    {
        meaning = register_module("meaning", nn::Embedding(words, width));
        both_ways = register_module("both_ways", nn::GRU(nn::GRUOptions(width, kept).bidirectional(true)));
        pass_on = register_module("pass_on", nn::Linear(kept * 2, passed));
        drop = register_module("drop", nn::Dropout(forget));
    }
    /// What was seen at each place, and the first state of the writer.
    tuple<Tensor, Tensor> forward(Tensor text)
    {
        Tensor seen, last;
        tie(seen, last) = both_ways->forward(drop->forward(meaning->forward(text)));
        auto both_ends = last.transpose(0, 1).flatten(1);
        return make_tuple(seen, tanh(pass_on->forward(both_ends)));
    }

private:
    nn::Embedding meaning{nullptr};
    nn::GRU both_ways{nullptr};
    nn::Linear pass_on{nullptr};
    nn::Dropout drop{nullptr};
};
TORCH_MODULE(Reader);

class LookBackImpl : public nn::Module {
public:
    LookBackImpl(int seen, int state) : compare(seen + state, state), rate(nn::LinearOptions(state, 1).bias(false))
    {
        register_module("compare", compare);
        register_module("rate", rate);
    }
    /// A mixture of what was seen: [1, batch, seen].
    Tensor forward(Tensor state, Tensor seen)
    {
        auto rows = seen.transpose(0, 1);
        auto asked = state.unsqueeze(1).repeat({1, rows.size(1), 1});
        auto fits = rate(tanh(compare(cat({asked, rows}, 2)))).squeeze(2);
        return bmm(softmax(fits, 1).unsqueeze(1), rows).transpose(0, 1);
    }

private:
    nn::Linear compare, rate;
};
TORCH_MODULE(LookBack);

class WriterImpl : public nn::Module {
public:
    const int words;
    WriterImpl(int words_, int width, int seen, int state, double forget, LookBack look_) : words(words_), look(look_)
    {
        register_module("look", look);
        meaning = register_module("meaning", nn::Embedding(words, width));
        step = register_module("step", nn::GRU(seen + width, state));
        say = register_module("say", nn::Linear(seen + state + width, words));
        drop = register_module("drop", nn::Dropout(forget));
    }
    pair<Tensor, Tensor> forward(Tensor word, Tensor state, Tensor seen)
    {
        auto now = drop(meaning(word.unsqueeze(0)));
        auto fitting = look(state, seen);
        auto result = step->forward(cat({now, fitting}, 2), state.unsqueeze(0));
        auto scores = say(cat({get<0>(result), fitting, now}, 2).squeeze(0));
        return make_pair(scores, get<1>(result).squeeze(0));
    }

private:
    LookBack look;
    nn::Embedding meaning{nullptr};
    nn::GRU step{nullptr};
    nn::Linear say{nullptr};
    nn::Dropout drop{nullptr};
};
TORCH_MODULE(Writer);

class Retelling : public nn::Module {
public:
    Retelling(Reader r, Writer w) : reader(r), writer(w)
    {
        register_module("reader", reader);
        register_module("writer", writer);
    }
    Tensor forward(Tensor text, Tensor wanted, float told = 0.5)
    {
        int length = wanted.size(0), batch = wanted.size(1);
        auto all = torch::zeros({length, batch, writer->words});
        auto [seen, state] = reader->forward(text);
        Tensor word = wanted[0], scores;
        for (int i = 1; i < length; i++) {
            tie(scores, state) = writer->forward(word, state, seen);
            all[i] = scores;
            bool tell = (float)rand() / RAND_MAX < told;
            auto own = scores.argmax(1);
            word = tell ? wanted[i] : own; // open: which side of ?: is taken is not known
        }
        return all;
    }

private:
    Reader reader;
    Writer writer;
};

void start_small(nn::Module &m)
{
    NoGradGuard g;
    for (auto &p : m.named_parameters(/*recurse=*/false)) {
        if (p.key().find("bias") == string::npos)
            nn::init::normal_(p.value(), 0, 0.01);
        else
            nn::init::zeros_(p.value());
    }
}

// cobra: Retelling net(Reader(30, 8, 6, 10, 0.5), Writer(20, 8, 12, 10, 0.5, LookBack(12, 10))); net.eval(); auto text = torch::randint(0, 30, {7, 3}, torch::kLong); auto wanted = torch::randint(0, 20, {5, 3}, torch::kLong); net.forward(text, wanted, 0.0f);
int main(int argc, char **argv)
{
    int from = argc > 1 ? atoi(argv[1]) : 8000, to = argc > 2 ? atoi(argv[2]) : 6000;
    LookBack look(1024, 512);
    auto net = make_shared<Retelling>(Reader(from, 256, 512, 512, 0.5), Writer(to, 256, 1024, 512, 0.5, look));
    net->apply(start_small);
    size_t learned = 0;
    for (auto p : net->parameters())
        if (p.requires_grad()) learned += p.numel();
    cout << learned << " numbers are learned" << endl;
    net->eval();
    cout << net->forward(torch::randint(0, from, {12, 4}), torch::randint(0, to, {10, 4}), 0).sizes() << endl;
}
