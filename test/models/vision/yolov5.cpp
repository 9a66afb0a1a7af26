#include <torch/torch.h>

#include <array>
#include <cmath>
#include <iostream>
#include <memory>
#include <vector>

// cobra: YoloV5 net(80, 0.33, 0.25); net->eval(); auto x = torch::zeros({1, 3, 128, 128}); net->forward(x);

namespace nn = torch::nn;
using torch::indexing::None;
using torch::indexing::Slice;

int autopad(int k, int p = -1) { return p < 0 ? k / 2 : p; }
int make_divisible(double x, int divisor) { return std::ceil(x / divisor) * divisor; }

class ConvImpl : public nn::Module {
public:
	ConvImpl(int c1, int c2, int k = 1, int s = 1, int p = -1, int g = 1, bool act = true)
	{
		conv = nn::Conv2d(nn::Conv2dOptions(c1, c2, { k, k }).stride({ s, s }).padding(autopad(k, p)).groups(g).bias(false));
		bn = nn::BatchNorm2d(nn::BatchNorm2dOptions(c2).eps(1e-3).momentum(0.03));
		use_act = act;
		register_module("conv", conv);
		register_module("bn", bn);
	}
	torch::Tensor forward(torch::Tensor x)
	{
		x = bn(conv(x));
		return use_act ? torch::silu(x) : x;
	}
private:
	nn::Conv2d conv{ nullptr };
	nn::BatchNorm2d bn{ nullptr };
	bool use_act;
};
TORCH_MODULE(Conv);

class BottleneckImpl : public nn::Module {
public:
	BottleneckImpl(int c1, int c2, bool shortcut = true, int g = 1, float e = 0.5)
	{
		int c_ = int(c2 * e);
		cv1 = Conv(c1, c_, 1, 1);
		cv2 = Conv(c_, c2, 3, 1, -1, g);
		add = shortcut && c1 == c2;
		register_module("cv1", cv1);
		register_module("cv2", cv2);
	}
	torch::Tensor forward(torch::Tensor x) { return add ? x + cv2(cv1(x)) : cv2(cv1(x)); }
	Conv cv1{ nullptr }, cv2{ nullptr };
	bool add;
};
TORCH_MODULE(Bottleneck);

class C3Impl : public nn::Module {
public:
	C3Impl(int c1, int c2, int n = 1, bool shortcut = true, int g = 1, float e = 0.5)
		: c_(c2 * e), cv1(Conv(c1, c_, 1, 1)), cv2(Conv(c1, c_, 1, 1)), cv3(Conv(2 * c_, c2, 1)), m(nn::Sequential())
	{
		for (int i = 0; i < n; ++i)
			m->push_back(Bottleneck(c_, c_, shortcut, g, 1.0));
		register_module("cv1", cv1);
		register_module("cv2", cv2);
		register_module("cv3", cv3);
		register_module("m", m);
	}
	torch::Tensor forward(torch::Tensor x) { return cv3(torch::cat({ m->forward(cv1(x)), cv2(x) }, 1)); }
private:
	int c_;
	Conv cv1, cv2, cv3;
	nn::Sequential m;
};
TORCH_MODULE(C3);

class SPPFImpl : public nn::Module {
public:
	SPPFImpl(int c1, int c2, int k = 5) : cv1(c1, c1 / 2, 1, 1), cv2(c1 / 2 * 4, c2, 1, 1), m(nn::MaxPool2dOptions({ k, k }).stride({ 1, 1 }).padding({ k / 2, k / 2 }))
	{
		register_module("cv1", cv1);
		register_module("cv2", cv2);
		register_module("m", m);
	}
	torch::Tensor forward(torch::Tensor x)
	{
		x = cv1(x);
		auto y1 = m(x);
		auto y2 = m(y1);
		return cv2(torch::cat({ x, y1, y2, m(y2) }, 1));
	}
private:
	Conv cv1, cv2;
	nn::MaxPool2d m;
};
TORCH_MODULE(SPPF);

class DetectImpl : public nn::Module {
public:
	DetectImpl(int _nc, std::vector<std::vector<float>> _anchors, std::vector<int> ch, std::vector<float> strides) : nc(_nc), no(_nc + 5), nl(_anchors.size()), na(_anchors[0].size() / 2)
	{
		stride = torch::tensor(strides);
		std::vector<float> flat;
		for (auto& a : _anchors) flat.insert(flat.end(), a.begin(), a.end());
		auto a = torch::tensor(flat, torch::kFloat).view({ nl, -1, 2 });
		anchors = register_buffer("anchors", a / stride.view({ -1, 1, 1 }));
		anchor_grid = register_buffer("anchor_grid", a.clone().view({ nl, 1, -1, 1, 1, 2 }));
		for (int x : ch)
			m->push_back(nn::Conv2d(nn::Conv2dOptions(x, no * na, 1)));
		register_module("m", m);
		for (int i = 0; i < nl; i++) grid.push_back(torch::empty({ 0 }));
		this->strides = strides;
	}
	std::tuple<torch::Tensor, std::vector<torch::Tensor>> forward(std::vector<torch::Tensor> x)
	{
		std::vector<torch::Tensor> z;
		for (int i = 0; i < nl; i++) {
			x[i] = m[i]->as<nn::Conv2d>()->forward(x[i]);
			auto s = x[i].sizes();
			int bs = s[0], ny = s[2], nx = s[3];
			x[i] = x[i].view({ bs, na, no, ny, nx }).permute({ 0, 1, 3, 4, 2 }).contiguous();
			if (!is_training()) {
				if (grid[i].ndimension() < 4 || grid[i].size(2) != x[i].size(2) || grid[i].size(3) != x[i].size(3))
					grid[i] = _make_grid(nx, ny).to(x[i].device());
				auto y = x[i].sigmoid();
				auto xy = (y.index({ "...", Slice(0, 2) }) * 2. - 0.5 + grid[i]) * strides[i];
				auto wh = (y.index({ "...", Slice(2, 4) }) * 2).pow(2) * anchor_grid[i];
				y = torch::cat({ xy, wh, y.index({ "...", Slice(4, None) }) }, -1);
				z.push_back(y.view({ bs, -1, no }));
			}
		}
		if (is_training()) return std::make_tuple(torch::Tensor(), x);
		return { torch::cat(z, 1), x };
	}
	torch::Tensor stride;
private:
	torch::Tensor _make_grid(int nx = 20, int ny = 20)
	{
		auto t = torch::meshgrid({ torch::arange(ny), torch::arange(nx) });
		return torch::stack({ t[1], t[0] }, 2).view({ 1, 1, ny, nx, 2 }).to(torch::kFloat);
	}
	int nc, no, nl, na;
	nn::ModuleList m;
	std::vector<torch::Tensor> grid;
	std::vector<float> strides;
	torch::Tensor anchors, anchor_grid;
};
TORCH_MODULE(Detect);

class YoloV5Impl : public nn::Module {
public:
	YoloV5Impl(int nc, double gd, double gw)
	{
		auto ch = [gw](int c) { return make_divisible(c * gw, 8); };
		auto d = [gd](int n) { return std::max<int>(std::lround(n * gd), 1); };
		std::vector<int> w{ ch(64), ch(128), ch(256), ch(512), ch(1024) };
		add("stem", Conv(3, w[0], 6, 2, 2));
		add("p2", Conv(w[0], w[1], 3, 2));
		add("c2", C3(w[1], w[1], d(3)));
		add("p3", Conv(w[1], w[2], 3, 2));
		add("c3", C3(w[2], w[2], d(6)));
		add("p4", Conv(w[2], w[3], 3, 2));
		add("c4", C3(w[3], w[3], d(9)));
		add("p5", Conv(w[3], w[4], 3, 2));
		add("c5", C3(w[4], w[4], d(3)));
		add("sppf", SPPF(w[4], w[4], 5));
		h10 = register_module("h10", Conv(w[4], w[3], 1, 1));
		h13 = register_module("h13", C3(w[4], w[3], d(3), false));
		h14 = register_module("h14", Conv(w[3], w[2], 1, 1));
		h17 = register_module("h17", C3(w[3], w[2], d(3), false));
		h18 = register_module("h18", Conv(w[2], w[2], 3, 2));
		h20 = register_module("h20", C3(w[3], w[3], d(3), false));
		h21 = register_module("h21", Conv(w[3], w[3], 3, 2));
		h23 = register_module("h23", C3(w[4], w[4], d(3), false));
		up = register_module("up", nn::Upsample(nn::UpsampleOptions().scale_factor(std::vector<double>({ 2, 2 })).mode(torch::kNearest)));
		detect = register_module("detect", Detect(nc, std::vector<std::vector<float>>{ { 10, 13, 16, 30, 33, 23 }, { 30, 61, 62, 45, 59, 119 }, { 116, 90, 156, 198, 373, 326 } }, std::vector<int>{ w[2], w[3], w[4] }, std::vector<float>{ 8, 16, 32 }));
	}
	torch::Tensor forward(torch::Tensor x)
	{
		std::vector<torch::Tensor> saved;
		for (auto& [name, module] : backbone) {
			x = module.forward(x);
			if (name[0] == 'c' || name == "sppf") saved.push_back(x);
		}
		auto p3 = saved[1], p4 = saved[2];
		auto t10 = h10(saved.back());
		auto t13 = h13(torch::cat({ up(t10), p4 }, 1));
		auto t14 = h14(t13);
		auto o0 = h17(torch::cat({ up(t14), p3 }, 1));
		auto o1 = h20(torch::cat({ h18(o0), t14 }, 1));
		auto o2 = h23(torch::cat({ h21(o1), t10 }, 1));
		return std::get<0>(detect->forward({ o0, o1, o2 }));
	}
private:
	template <class M> void add(std::string name, M module)
	{
		register_module(name, module.ptr());
		backbone.emplace_back(name, nn::AnyModule(module));
	}
	std::vector<std::pair<std::string, nn::AnyModule>> backbone;
	Conv h10{ nullptr }, h14{ nullptr }, h18{ nullptr }, h21{ nullptr };
	C3 h13{ nullptr }, h17{ nullptr }, h20{ nullptr }, h23{ nullptr };
	nn::Upsample up{ nullptr };
	Detect detect{ nullptr };
};
TORCH_MODULE(YoloV5);

int main()
{
	YoloV5 model(80, 0.33, 0.50);
	model->eval();
	auto img = torch::rand({ 1, 3, 640, 640 });
	auto preds = model->forward(img);
	printf("%d boxes\n", (int)preds.size(1));
	return 0;
}
