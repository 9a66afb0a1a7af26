#include <torch/torch.h>
#include <cassert>
#include <cstdio>
#include <iostream>

// Labels for every pixel: what is near, and averages over ever larger parts of the picture.

struct FilterImpl : torch::nn::Module {
	torch::nn::Conv2d conv;
	torch::nn::BatchNorm2d norm;
	FilterImpl(int from, int to, int side, int step = 1, int spread = 1)
		: conv(torch::nn::Conv2dOptions(from, to, side).stride(step).padding(spread * (side - 1) / 2).dilation(spread).bias(false)), norm(to)
	{
		register_module("conv", conv);
		register_module("norm", norm);
	}
	torch::Tensor forward(torch::Tensor x) { return norm->forward(conv->forward(x)).relu_(); }
};
TORCH_MODULE(Filter);

static torch::Tensor enlarge(torch::Tensor x, std::vector<int64_t> to)
{
	namespace F = torch::nn::functional;
	return F::interpolate(x, F::InterpolateFuncOptions().size(to).mode(torch::kBilinear).align_corners(true));
}

struct Surroundings : torch::nn::Module {
	std::vector<torch::nn::Sequential> views;
	Surroundings(int width, std::vector<int> parts)
	{
		for (int i = 0; i < parts.size(); i++)
		{
			int n = parts[i];
			torch::nn::Sequential view(torch::nn::AdaptiveAvgPool2d(n), Filter(width, width / (int)parts.size(), 1));
			char name[32];
			snprintf(name, sizeof(name), "view_%d", i);
			views.push_back(register_module(name, view));
		}
	}
	torch::Tensor forward(torch::Tensor x)
	{
		auto size = x.sizes();
		std::vector<torch::Tensor> seen = { x };
		for (torch::nn::Sequential& view : views)
			seen.push_back(enlarge(view->forward(x), { size[2], size[3] }));
		return torch::cat(seen, 1);
	}
};

class PixelLabels : public torch::nn::Module {
public:
	PixelLabels(int classes, int width = 128, std::vector<int> parts = { 1, 2, 3, 6 }, double forget = 0.1, int finer = 8)
	{
		assert(width % parts.size() == 0);
		assert(classes > 1);
		this->finer = finer;
		near = register_module("near", torch::nn::Sequential(Filter(3, 32, 3, 2), Filter(32, 32, 3), Filter(32, 64, 3),
			torch::nn::MaxPool2d(torch::nn::MaxPool2dOptions(3).stride(2).padding(1)), Filter(64, 64, 3), Filter(64, 64, 3, 2), Filter(64, width / 2, 3, 1, 2)));
		far = register_module("far", torch::nn::Sequential(Filter(width / 2, width, 3, 1, 4)));
		int wide = width;
		if (!parts.empty())
		{
			around = std::make_shared<Surroundings>(width, parts);
			register_module("around", around);
			wide *= 2;
		}
		judge = torch::nn::Sequential(Filter(wide, 64, 3), torch::nn::Dropout2d(forget), torch::nn::Conv2d(torch::nn::Conv2dOptions(64, classes, 1)));
		register_module("judge", judge);
		early = register_module("early", torch::nn::Sequential(Filter(width / 2, 32, 3), torch::nn::Dropout2d(forget), torch::nn::Conv2d(32, classes, 1)));
	}

	std::vector<torch::Tensor> forward(torch::Tensor x, torch::Tensor truth = {})
	{
		auto size = x.sizes().vec();
		TORCH_CHECK(size[2] % 8 == 1 && size[3] % 8 == 1, "8 n + 1 pixels, please");
		int64_t h = size[2] / 8 * finer + 1, w = size[3] / 8 * finer + 1;
		auto close = near->forward(x);
		auto y = far->forward(close);
		if (around)
			y = around->forward(y);
		y = judge->forward(y);
		if (finer != 1)
			y = torch::upsample_bilinear2d(y, { h, w }, true);
		if (!is_training())
			return { y };
		auto first = torch::upsample_bilinear2d(early->forward(close), { h, w }, true);
		std::vector<torch::Tensor> all = { std::get<0>(y.max(1)) };
		if (truth.defined())
		{
			all.push_back(torch::cross_entropy_loss(y, truth, {}, at::Reduction::Mean, 255));
			all.push_back(torch::nll_loss2d(torch::log_softmax(first, 1), truth, {}, at::Reduction::Mean, 255));
		}
		return all;
	}
private:
	int finer;
	torch::nn::Sequential near{ nullptr }, far{ nullptr }, judge{ nullptr }, early{ nullptr };
	std::shared_ptr<Surroundings> around{ nullptr };
};

int main()
{
	PixelLabels net(21);
	net.eval();
	torch::NoGradGuard no_grad;
	std::cout << net.forward(torch::rand({ 1, 3, 121, 121 }))[0].sizes() << std::endl;
	getchar();
	return 0;
}
