#include <torch/torch.h>

#include <cmath>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

// Boxes of three scales: down to small maps, up again, down again; each scale answers for its own sizes.
// cobra: ThreeScales net(80, 0.33, 0.25); net->eval(); auto x = torch::zeros({1, 3, 128, 128}); net->forward(x);

namespace nn = torch::nn;
using torch::indexing::None;
using torch::indexing::Slice;

class UnitImpl : public nn::Module {
public:
	UnitImpl(int from, int to, int side = 1, int step = 1, int border = -1)
	{
		conv = nn::Conv2d(nn::Conv2dOptions(from, to, { side, side }).stride({ step, step }).padding(border < 0 ? side / 2 : border).bias(false));
		norm = nn::BatchNorm2d(nn::BatchNorm2dOptions(to).eps(1e-3).momentum(0.03));
		register_module("conv", conv);
		register_module("norm", norm);
	}
	torch::Tensor forward(torch::Tensor x) { return torch::silu(norm(conv(x))); }
private:
	nn::Conv2d conv{ nullptr };
	nn::BatchNorm2d norm{ nullptr };
};
TORCH_MODULE(Unit);

class PairImpl : public nn::Module {
public:
	PairImpl(int width, bool keep) : mix(Unit(width, width)), look(Unit(width, width, 3)), keep(keep)
	{
		register_module("mix", mix);
		register_module("look", look);
	}
	torch::Tensor forward(torch::Tensor x) { return keep ? x + look(mix(x)) : look(mix(x)); }
	Unit mix, look;
	bool keep;
};
TORCH_MODULE(Pair);

// one half goes through pairs, the other goes past them
class HalvesImpl : public nn::Module {
public:
	HalvesImpl(int from, int to, int pairs, bool keep = true, float share = 0.5)
		: half(to * share), past(Unit(from, half)), join(Unit(2 * half, to)), through(nn::Sequential(Unit(from, half)))
	{
		while (pairs-- > 0)
			through->push_back(Pair(half, keep));
		register_module("past", past);
		register_module("through", through);
		register_module("join", join);
	}
	torch::Tensor forward(torch::Tensor x) { return join(torch::cat({ through->forward(x), past(x) }, 1)); }
private:
	int half;
	Unit past, join;
	nn::Sequential through;
};
TORCH_MODULE(Halves);

class FarLookImpl : public nn::Module {
public:
	FarLookImpl(int width, int side, int times = 3) : in(width, width / 2), out(width / 2 * (times + 1), width), pool(nn::MaxPool2dOptions({ side, side }).stride({ 1, 1 }).padding({ side / 2, side / 2 })), times(times)
	{
		register_module("in", in);
		register_module("out", out);
		register_module("pool", pool);
	}
	torch::Tensor forward(torch::Tensor x)
	{
		std::vector<torch::Tensor> seen{ in(x) };
		for (int i = 0; i < times; i++) seen.push_back(pool(seen.back()));
		return out(torch::cat(seen, 1));
	}
private:
	Unit in, out;
	nn::MaxPool2d pool;
	int times;
};
TORCH_MODULE(FarLook);

struct ScaleSpec { float cell; std::vector<float> sizes; };

class AnswerImpl : public nn::Module {
public:
	AnswerImpl(int classes, std::vector<ScaleSpec> scales, std::vector<int> widths) : fields(classes + 5), boxes(scales.at(0).sizes.size() / 2), scales(scales)
	{
		std::vector<float> flat;
		for (auto& s : scales) flat.insert(flat.end(), s.sizes.begin(), s.sizes.end());
		extents = register_buffer("extents", torch::tensor(flat, torch::kFloat).view({ (int)scales.size(), 1, boxes, 1, 1, 2 }));
		for (int w : widths)
			heads->push_back(nn::Conv2d(nn::Conv2dOptions(w, fields * boxes, 1)));
		register_module("heads", heads);
		corners.resize(scales.size(), torch::empty({ 0 }));
	}
	std::tuple<torch::Tensor, std::vector<torch::Tensor>> forward(std::vector<torch::Tensor> maps)
	{
		std::vector<torch::Tensor> rows;
		for (size_t i = 0; i < maps.size(); i++) {
			auto& m = maps[i];
			m = heads[i]->as<nn::Conv2d>()->forward(m);
			const int n = m.size(0), h = m.size(2), w = m.size(3);
			m = m.view({ n, boxes, fields, h, w }).permute({ 0, 1, 3, 4, 2 }).contiguous();
			if (is_training()) continue;
			auto& at = corners[i];
			if (at.ndimension() != 5 || at.size(2) != h || at.size(3) != w) at = lattice(h, w).to(m.device());
			auto y = m.sigmoid();
			auto middle = (at - 0.5 + 2. * y.index({ "...", Slice(None, 2) })) * scales[i].cell;
			auto extent = (2 * y.index({ "...", Slice(2, 4) })).square() * extents[i];
			rows.push_back(torch::cat({ middle, extent, y.index({ "...", Slice(4, None) }) }, -1).view({ n, -1, fields }));
		}
		if (rows.empty()) return std::make_tuple(torch::Tensor(), maps);
		return { torch::cat(rows, 1), maps };
	}
private:
	static torch::Tensor lattice(int h, int w)
	{
		auto lines = torch::meshgrid({ torch::arange(h), torch::arange(w) });
		return torch::stack({ lines[1], lines[0] }, 2).to(torch::kFloat).view({ 1, 1, h, w, 2 });
	}
	int fields, boxes;
	std::vector<ScaleSpec> scales;
	nn::ModuleList heads;
	std::vector<torch::Tensor> corners;
	torch::Tensor extents;
};
TORCH_MODULE(Answer);

class ThreeScalesImpl : public nn::Module {
public:
	ThreeScalesImpl(int classes, double deep, double wide)
	{
		auto width = [wide](int c) { return int(std::ceil(c * wide / 8) * 8); };
		auto pairs = [deep](int n) { return std::max<int>(std::lround(n * deep), 1); };
		int from = width(64);
		add("begin", Unit(3, from, 6, 2, 2));
		for (int i = 0; i < 4; ++i) {
			const int to = width(128 << i), times[] = { 3, 6, 9, 3 };
			add("halve" + std::to_string(i), Unit(from, to, 3, 2));
			add(i == 0 ? "first" : i < 3 ? "keep" + std::to_string(i) : "deep", Halves(to, to, pairs(times[i])));
			from = to;
		}
		add("keep3", FarLook(from, 5));
		const int small = width(256), middle = width(512), large = width(1024), n = pairs(3);
		narrow[0] = register_module("narrow0", Unit(large, middle));
		narrow[1] = register_module("narrow1", Unit(middle, small));
		rise[0] = register_module("rise0", Halves(large, middle, n, false));
		rise[1] = register_module("rise1", Halves(middle, small, n, false));
		sink[0] = register_module("sink0", Unit(small, small, 3, 2));
		sink[1] = register_module("sink1", Unit(middle, middle, 3, 2));
		mix[0] = register_module("mix0", Halves(middle, middle, n, false));
		mix[1] = register_module("mix1", Halves(large, large, n, false));
		twice = register_module("twice", nn::Upsample(nn::UpsampleOptions().scale_factor(std::vector<double>({ 2, 2 })).mode(torch::kNearest)));
		answer = register_module("answer", Answer(classes, std::vector<ScaleSpec>{ { 8, { 12, 16, 19, 36, 40, 28 } }, { 16, { 36, 75, 76, 55, 72, 146 } }, { 32, { 142, 110, 192, 243, 459, 401 } } }, std::vector<int>{ small, middle, large }));
	}
	torch::Tensor forward(torch::Tensor x)
	{
		std::vector<torch::Tensor> kept;
		for (auto& [name, module] : body) {
			x = module.forward(x);
			if (name.compare(0, 4, "keep") == 0) kept.push_back(x);
		}
		torch::Tensor waiting[2];
		for (int i = 0; i < 2; i++) {
			waiting[i] = narrow[i](x);
			kept.pop_back();
			x = rise[i](torch::cat({ twice(waiting[i]), kept.back() }, 1));
		}
		std::vector<torch::Tensor> maps{ x };
		for (int i = 0; i < 2; i++)
			maps.push_back(mix[i](torch::cat({ sink[i](maps.back()), waiting[1 - i] }, 1)));
		return std::get<0>(answer->forward(maps));
	}
private:
	template <class M> void add(std::string name, M module)
	{
		register_module(name, module.ptr());
		body.emplace_back(name, nn::AnyModule(module));
	}
	std::vector<std::pair<std::string, nn::AnyModule>> body;
	Unit narrow[2] = { nullptr, nullptr }, sink[2] = { nullptr, nullptr };
	Halves rise[2] = { nullptr, nullptr }, mix[2] = { nullptr, nullptr };
	nn::Upsample twice{ nullptr };
	Answer answer{ nullptr };
};
TORCH_MODULE(ThreeScales);

int main()
{
	ThreeScales net(80, 0.33, 0.50);
	net->eval();
	auto boxes = net->forward(torch::rand({ 1, 3, 640, 640 }));
	printf("%d boxes\n", (int)boxes.size(1));
	return 0;
}
