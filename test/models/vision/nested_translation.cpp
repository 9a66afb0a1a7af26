#include <torch/torch.h>
#include <iostream>
#include <memory>
using namespace std;

// Picture to picture: a shell around a shell around a core. Each shell hands its input past what it encloses.
// cobra: auto g = enclose(3, 1, 5, 8); g->eval(); auto x = torch::rand({1, 3, 64, 64}); g->forward(x);

enum class Place { Core, Between, Outside };

class Shell : public torch::nn::Module {
public:
    Shell(Place place, int in, int out, int inner, shared_ptr<Shell> enclosed = nullptr, double forget = 0)
        : place_(place), enclosed_(move(enclosed))
    {
        using namespace torch::nn;
        const bool core = place == Place::Core, outside = place == Place::Outside;
        if (!outside) shrink_->push_back(LeakyReLU(LeakyReLUOptions().negative_slope(0.2)));
        shrink_->push_back(Conv2d(Conv2dOptions(in, inner, 4).stride(2).padding(1).bias(false)));
        if (place == Place::Between) shrink_->push_back(BatchNorm2d(inner));

        grow_->push_back(ReLU());
        grow_->push_back(ConvTranspose2d(ConvTranspose2dOptions(core ? inner : inner * 2, out, 4).stride(2).padding(1).bias(outside)));
        if (outside) grow_->push_back(Tanh());
        else grow_->push_back(BatchNorm2d(out));
        if (forget > 0) grow_->push_back(Dropout(forget));

        register_module("shrink", shrink_);
        if (enclosed_) register_module("enclosed", enclosed_);
        register_module("grow", grow_);
    }

    torch::Tensor forward(torch::Tensor x)
    {
        auto y = shrink_->forward(x);
        if (enclosed_ != nullptr) y = enclosed_->forward(y);
        y = grow_->forward(y);
        if (place_ == Place::Outside) return y;
        return torch::cat({x, y}, 1);
    }

private:
    Place place_;
    torch::nn::Sequential shrink_, grow_;
    shared_ptr<Shell> enclosed_;
};

shared_ptr<Shell> enclose(int in, int out, int shells, int width = 64)
{
    shared_ptr<Shell> all;
    for (int left = shells; left > 0; left--) {
        const int here = width * min(8, 1 << max(0, left - 2)), below = width * min(8, 1 << (left - 1));
        if (left == shells) all = make_shared<Shell>(Place::Core, here, here, below);
        else if (left == 1) all = make_shared<Shell>(Place::Outside, in, out, width, all);
        else all = make_shared<Shell>(Place::Between, here, here, below, all, left > 4 ? 0.5 : 0);
    }
    return all;
}

int main(int argc, char **argv)
{
    auto painter = enclose(3, 3, argc > 1 ? atoi(argv[1]) : 8);
    cout << *painter << endl;
    painter->eval();
    torch::NoGradGuard ng;
    cout << painter->forward(torch::randn({1, 3, 256, 256})).sizes() << endl;
    return 0;
}
