// cobra-probe quick: few, well-chosen calls that adapt a profile to this machine.
//
// For each of the ways in which operators spend time (matrix products, convolutions dense, grouped and pointwise,
// moving memory, exponentials, reductions, normalization, pooling, attention, copies, bare calls) a ladder of sizes,
// from what fits the nearest cache to what does not fit the last one. The smallest come first for all of them, then
// the next, so that what two minutes leave undone is the largest sizes. With --rows, sizes come mixed.

#include "runtime-probe/campaign.h"
#include "runtime-probe/collect.h"
#include "runtime-probe/commands.h"

#include <array>

namespace cobra::probe {
namespace {

/// A snippet with N for the size that grows.
struct Ladder {
  std::string_view snippet;
  std::array<std::int64_t, 5> sizes;
};
constexpr std::array ladders = {
    Ladder{"aten::relu(self=f32[N])", {1, 4096, 262144, 4194304, 33554432}},
    Ladder{"aten::add.Tensor(self=f32[N],other=f32[N],alpha=1)", {1, 4096, 262144, 4194304, 33554432}},
    Ladder{"aten::gelu(self=f32[N],approximate='none')", {64, 4096, 65536, 1048576, 8388608}},
    Ladder{"aten::softmax.int(self=f32[N,1000],dim=-1,dtype=None)", {1, 8, 64, 512, 4096}},
    Ladder{"aten::addmm(self=f32[N],mat1=f32[N,N],mat2=f32[N,N],beta=1,alpha=1)", {16, 64, 256, 512, 1536}},
    Ladder{"aten::linear(input=f32[1,N],weight=f32[N,N],bias=f32[N])", {64, 256, 1024, 2048, 4096}},
    Ladder{"aten::bmm(self=f32[N,64,64],mat2=f32[N,64,64])", {1, 8, 64, 256, 1024}},
    Ladder{"aten::matmul(self=f32[8,N,256],other=f32[256,256])", {1, 8, 64, 256, 1024}},
    Ladder{"aten::conv2d(input=f32[1,N,28,28],weight=f32[N,N,3,3],bias=None,stride=[1,1],padding=[1,1],"
           "dilation=[1,1],groups=1)",
           {4, 16, 64, 128, 256}},
    Ladder{"aten::conv2d(input=f32[N,64,28,28],weight=f32[128,64,1,1],bias=None,stride=[1,1],padding=[0,0],"
           "dilation=[1,1],groups=1)",
           {1, 2, 8, 32, 64}},
    Ladder{"aten::conv2d(input=f32[1,N,56,56],weight=f32[N,1,3,3],bias=None,stride=[1,1],padding=[1,1],"
           "dilation=[1,1],groups=N)",
           {8, 32, 96, 256, 768}},
    Ladder{"aten::conv2d(input=f32[N,3,224,224],weight=f32[64,3,7,7],bias=f32[64],stride=[2,2],padding=[3,3],"
           "dilation=[1,1],groups=1)",
           {1, 2, 4, 8, 16}},
    Ladder{"aten::batch_norm(input=f32[1,N,28,28],weight=f32[N],bias=f32[N],running_mean=f32[N],"
           "running_var=f32[N],training=False,momentum=0.1,eps=1e-05,cudnn_enabled=True)",
           {4, 32, 256, 1024, 4096}},
    Ladder{"aten::layer_norm(input=f32[N,768],normalized_shape=[768],weight=f32[768],bias=f32[768],eps=1e-05,"
           "cudnn_enable=True)",
           {1, 16, 128, 1024, 8192}},
    Ladder{"aten::max_pool2d(self=f32[1,N,56,56],kernel_size=[3,3],stride=[2,2],padding=[1,1],dilation=[1,1],"
           "ceil_mode=False)",
           {4, 32, 128, 512, 2048}},
    Ladder{"aten::mean.dim(self=f32[N,4096],dim=[1],keepdim=False,dtype=None)", {1, 16, 128, 1024, 8192}},
    Ladder{"aten::cat(tensors=[f32[N,64],f32[N,64]],dim=1)", {1, 256, 4096, 32768, 131072}},
    Ladder{"aten::view(self=f32[N,4],size=[-1])", {1, 16, 64, 256, 1024}},
    Ladder{"aten::scaled_dot_product_attention(query=f32[1,8,N,64],key=f32[1,8,N,64],value=f32[1,8,N,64],"
           "attn_mask=None,dropout_p=0.0,is_causal=False,scale=None,enable_gqa=False)",
           {8, 32, 128, 512, 1024}},
    Ladder{"aten::embedding(weight=f32[30000,512],indices=i64[N],padding_idx=-1,scale_grad_by_freq=False,"
           "sparse=False)",
           {1, 16, 128, 1024, 8192}},
};

std::string filledIn(std::string_view snippet, std::int64_t size) {
  std::string text;
  for (std::size_t i = 0; i < snippet.size(); ++i) {
    // An N that is a size, not a letter of None.
    bool isSize = snippet[i] == 'N' && (i + 1 == snippet.size() || snippet[i + 1] != 'o');
    text += isSize ? std::to_string(size) : std::string(1, snippet[i]);
  }
  return text;
}

/// A list of calls, measured in its order.
class QuickPlan final : public Plan {
public:
  QuickPlan(std::vector<Call> calls) : calls_(std::move(calls)) {}
  void add(const Record& record) override {
    if (!record.repeats) row_ = std::max(row_, record.row);
  }
  bool next() override { return ++row_ < static_cast<std::int64_t>(calls_.size()); }
  std::int64_t row() const override { return row_; }
  Record what() const override {
    Record record;
    record.snippet = printSnippet(call());
    return record;
  }
  Record measure(const MeasureSetting& setting, double& spent) override { return probe::measure(call(), setting, &spent); }

private:
  const Call& call() const { return calls_[static_cast<std::size_t>(row_)]; }
  std::vector<Call> calls_;
  std::int64_t row_ = -1;
};

/// The smallest sizes of all come first. Where only some calls are asked for, all sizes should be among them: then each ladder
/// begins two rungs above the one before.
std::size_t rungOf(std::size_t round, std::size_t ladder, const Options& options) {
  return options.rows > 0 ? (round + 2 * ladder) % ladders[ladder].sizes.size() : round;
}

std::variant<std::unique_ptr<Plan>, PlanError> ladderPlan(const Session&, const Options& options) {
  std::vector<Call> calls;
  for (std::size_t round = 0; round < ladders[0].sizes.size(); ++round)
    for (std::size_t which = 0; which < ladders.size(); ++which) {
      const Ladder& ladder = ladders[which];
      const std::size_t rung = rungOf(round, which, options);
      auto call = parseSnippet(filledIn(ladder.snippet, ladder.sizes[rung]));
      if (auto* error = std::get_if<SnippetError>(&call)) return PlanError{std::string(ladder.snippet) + ": " + error->sentence};
      calls.push_back(withDType(std::move(std::get<Call>(call)), options.dtype));
    }
  return std::make_unique<QuickPlan>(std::move(calls));
}

} // namespace

int quick(const Options& options) {
  if (options.out.empty()) return complain("quick needs --out FILE", 2);
  if (!options.shard.empty()) return complain("quick is one machine's: it takes no --shard", 2);
  Options fixed = options;
  fixed.space = "quick";
  if (fixed.minutes <= 0) fixed.minutes = 2;
  return collect(fixed, "layers", ladderPlan);
}

} // namespace cobra::probe
