#include <torch/torch.h>
#include <iostream>
#include <memory>
using namespace std;

// cobra: auto g = make_unet(3, 1, 5, 8); g->eval(); auto x = torch::rand({1, 3, 64, 64}); g->forward(x);

// Defines the Unet submodule with skip connection.
//   X -------------------identity----------------------
//   |-- downsampling -- |submodule| -- upsampling --|
class UnetSkipBlock : public torch::nn::Module {
public:
    UnetSkipBlock(int outer_nc, int inner_nc, int input_nc = -1, shared_ptr<UnetSkipBlock> submodule = nullptr, bool outermost = false, bool innermost = false, bool use_dropout = false)
        : outermost_(outermost), submodule_(submodule)
    {
        if (input_nc == -1) input_nc = outer_nc;
        auto downconv = torch::nn::Conv2d(torch::nn::Conv2dOptions(input_nc, inner_nc, 4).stride(2).padding(1).bias(false));
        auto downrelu = torch::nn::LeakyReLU(torch::nn::LeakyReLUOptions().negative_slope(0.2));
        auto downnorm = torch::nn::BatchNorm2d(inner_nc);
        auto uprelu = torch::nn::ReLU();
        auto upnorm = torch::nn::BatchNorm2d(outer_nc);
        if (outermost) {
            auto upconv = torch::nn::ConvTranspose2d(torch::nn::ConvTranspose2dOptions(inner_nc * 2, outer_nc, 4).stride(2).padding(1));
            down_ = torch::nn::Sequential(downconv);
            up_ = torch::nn::Sequential(uprelu, upconv, torch::nn::Tanh());
        } else if (innermost) {
            auto upconv = torch::nn::ConvTranspose2d(torch::nn::ConvTranspose2dOptions(inner_nc, outer_nc, 4).stride(2).padding(1).bias(false));
            down_ = torch::nn::Sequential(downrelu, downconv);
            up_ = torch::nn::Sequential(uprelu, upconv, upnorm);
        } else {
            auto upconv = torch::nn::ConvTranspose2d(torch::nn::ConvTranspose2dOptions(inner_nc * 2, outer_nc, 4).stride(2).padding(1).bias(false));
            down_ = torch::nn::Sequential(downrelu, downconv, downnorm);
            up_ = torch::nn::Sequential(uprelu, upconv, upnorm);
            if (use_dropout) up_->push_back(torch::nn::Dropout(0.5));
        }
        register_module("down", down_);
        if (submodule_) register_module("submodule", submodule_);
        register_module("up", up_);
    }

    torch::Tensor forward(torch::Tensor x)
    {
        auto y = down_->forward(x);
        if (submodule_ != nullptr) y = submodule_->forward(y);
        y = up_->forward(y);
        return outermost_ ? y : torch::cat({x, y}, 1);
    }

private:
    bool outermost_;
    torch::nn::Sequential down_{nullptr}, up_{nullptr};
    shared_ptr<UnetSkipBlock> submodule_;
};

shared_ptr<UnetSkipBlock> make_unet(int input_nc, int output_nc, int num_downs, int ngf = 64, bool use_dropout = true)
{
    auto block = make_shared<UnetSkipBlock>(ngf * 8, ngf * 8, -1, nullptr, false, true);
    for (int i = 0; i < num_downs - 5; ++i)
        block = make_shared<UnetSkipBlock>(ngf * 8, ngf * 8, -1, block, false, false, use_dropout);
    for (int m = 4; m >= 1; m /= 2)
        block = make_shared<UnetSkipBlock>(ngf * m, ngf * m * 2, -1, block);
    return make_shared<UnetSkipBlock>(output_nc, ngf, input_nc, block, true);
}

int main(int argc, char **argv)
{
    auto netG = make_unet(3, 3, 8);
    cout << *netG << endl;
    netG->eval();
    torch::NoGradGuard ng;
    cout << netG->forward(torch::randn({1, 3, 256, 256})).sizes() << endl;
    return 0;
}
