#include <torch/torch.h>
#include <iostream>

// Pyramid scene parsing with an auxiliary head.  cobra entry in the manifest.

struct ConvBNImpl : torch::nn::Module {
	ConvBNImpl(int in, int out, int k, int s = 1, int d = 1)
		: conv(torch::nn::Conv2dOptions(in, out, k).stride(s).padding(d * (k - 1) / 2).dilation(d).bias(false)), bn(out)
	{
		register_module("conv", conv);
		register_module("bn", bn);
	}
	torch::Tensor forward(torch::Tensor x) { return bn->forward(conv->forward(x)).relu_(); }
	torch::nn::Conv2d conv;
	torch::nn::BatchNorm2d bn;
};
TORCH_MODULE(ConvBN);

struct PyramidPoolingModule : torch::nn::Module {
	PyramidPoolingModule(int in_channels, std::vector<int> bins)
	{
		int reduction = in_channels / (int)bins.size();
		for (int i = 0; i < bins.size(); i++)
		{
			int bin = bins[i];
			auto f = torch::nn::Sequential(
				torch::nn::AdaptiveAvgPool2d(bin),
				torch::nn::Conv2d(torch::nn::Conv2dOptions(in_channels, reduction, 1).bias(false)),
				torch::nn::BatchNorm2d(reduction),
				torch::nn::ReLU(torch::nn::ReLUOptions().inplace(true)));
			char name[32];
			snprintf(name, sizeof(name), "feature_%d", i);
			features.push_back(register_module(name, f));
		}
	}

	torch::Tensor forward(torch::Tensor x)
	{
		auto x_size = x.sizes();
		std::vector<torch::Tensor> out = { x };
		for (torch::nn::Sequential& f : features)
			out.push_back(torch::nn::functional::interpolate(f->forward(x),
				torch::nn::functional::InterpolateFuncOptions().size(std::vector<int64_t>{ x_size[2], x_size[3] }).mode(torch::kBilinear).align_corners(true)));
		return torch::cat(out, 1);
	}
	std::vector<torch::nn::Sequential> features;
};

class PSPNet : public torch::nn::Module {
public:
	PSPNet(int layers = 18, std::vector<int> bins = { 1, 2, 3, 6 }, double dropout = 0.1, int classes = 2, int zoom_factor = 8, bool use_ppm = true)
	{
		assert(layers == 18 || layers == 50);
		assert(2048 % bins.size() == 0);
		assert(classes > 1);
		this->zoom_factor = zoom_factor;
		this->use_ppm = use_ppm;
		int fea_dim = layers == 18 ? 128 : 512;
		layer0 = register_module("layer0", torch::nn::Sequential(ConvBN(3, 32, 3, 2), ConvBN(32, 32, 3), ConvBN(32, 64, 3),
			torch::nn::MaxPool2d(torch::nn::MaxPool2dOptions(3).stride(2).padding(1))));
		layer1 = register_module("layer1", conv_bn(64, 64, 3));
		layer2 = register_module("layer2", conv_bn(64, 64, 3, 2));
		layer3 = register_module("layer3", conv_bn(64, fea_dim / 2, 3, 1, 2));
		layer4 = register_module("layer4", conv_bn(fea_dim / 2, fea_dim, 3, 1, 4));
		if (use_ppm)
		{
			ppm = std::make_shared<PyramidPoolingModule>(fea_dim, bins);
			register_module("ppm", ppm);
			fea_dim *= 2;
		}
		cls = torch::nn::Sequential(
			torch::nn::Conv2d(torch::nn::Conv2dOptions(fea_dim, 64, 3).padding(1).bias(false)),
			torch::nn::BatchNorm2d(64), torch::nn::ReLU(true), torch::nn::Dropout2d(dropout),
			torch::nn::Conv2d(torch::nn::Conv2dOptions(64, classes, 1)));
		register_module("cls", cls);
		aux = register_module("aux", torch::nn::Sequential(ConvBN(fea_dim / (use_ppm ? 4 : 2), 32, 3), torch::nn::Dropout2d(dropout), torch::nn::Conv2d(32, classes, 1)));
	}

	std::vector<torch::Tensor> forward(torch::Tensor x, torch::Tensor y = {})
	{
		auto x_size = x.sizes().vec();
		TORCH_CHECK((x_size[2] - 1) % 8 == 0 && (x_size[3] - 1) % 8 == 0);
		int64_t h = int64_t((x_size[2] - 1) / 8 * zoom_factor + 1);
		int64_t w = int64_t((x_size[3] - 1) / 8 * zoom_factor + 1);
		x = layer0->forward(x);
		x = layer1->forward(x);
		x = layer2->forward(x);
		auto x_tmp = layer3->forward(x);
		x = layer4->forward(x_tmp);
		if (use_ppm)
			x = ppm->forward(x);
		x = cls->forward(x);
		if (zoom_factor != 1)
			x = torch::upsample_bilinear2d(x, { h, w }, true);
		if (!is_training())
			return { x };
		auto a = aux->forward(x_tmp);
		a = torch::upsample_bilinear2d(a, { h, w }, true);
		std::vector<torch::Tensor> result = { std::get<0>(x.max(1)) };
		if (y.defined())
		{
			result.push_back(torch::cross_entropy_loss(x, y, {}, at::Reduction::Mean, 255));
			result.push_back(torch::nll_loss2d(torch::log_softmax(a, 1), y, {}, at::Reduction::Mean, 255));
		}
		return result;
	}
private:
	torch::nn::Sequential conv_bn(int in, int out, int k, int s = 1, int d = 1)
	{
		return torch::nn::Sequential(ConvBN(in, out, k, s, d));
	}
	int zoom_factor;
	bool use_ppm;
	torch::nn::Sequential layer0{ nullptr }, layer1{ nullptr }, layer2{ nullptr }, layer3{ nullptr }, layer4{ nullptr }, cls{ nullptr }, aux{ nullptr };
	std::shared_ptr<PyramidPoolingModule> ppm{ nullptr };
};

int main()
{
	PSPNet model(18, { 1, 2, 3, 6 }, 0.1, 21);
	model.eval();
	torch::NoGradGuard no_grad;
	torch::Tensor input = torch::rand({ 1, 3, 121, 121 });
	std::cout << model.forward(input)[0].sizes() << std::endl;
	getchar();
	return 0;
}
