// libcudnn.so.9 of the tests: cuDNN's rules for sizes, checks of every descriptor and buffer, and a convolution that is computed.

#include "test/probe/fake/fake.h"

#include <algorithm>
#include <map>
#include <numeric>

namespace {

using namespace cobra::fake;
using Sizes = std::vector<int>;

enum Status : int { success = 0, notInitialized = 1001, badParam = 2000, notSupported = 3000, deviceMemory = 4004, executionFailed = 5000 };
constexpr std::size_t typeBytes[] = {4, 8, 2, 1, 4, 4, 1, 4, 32, 2, 8, 1};

struct Handle {
  void* stream = nullptr;
};
struct Tensor {
  int type = -1;
  Sizes sizes, strides;
};
struct Filter {
  int type = -1, format = 0;
  Sizes sizes;
};
struct Convolution {
  Sizes padding, stride, dilation;
  int mode = -1, type = -1, groups = 1, math = 0;
};
struct Pooling {
  int mode = -1;
  Sizes window, padding, stride;
};
struct Activation {
  int mode = -1;
};
struct OpTensor {
  int op = -1;
};
struct Perf {
  int algorithm, status;
  float time;
  std::size_t memory;
  int determinism, mathType, reserved[3];
};

std::size_t count(const Sizes& sizes) {
  return std::accumulate(sizes.begin(), sizes.end(), std::size_t(1),
                         [](std::size_t n, int size) { return n * static_cast<std::size_t>(size); });
}

int wrong(const std::string& sentence) {
  fault(sentence);
  return badParam;
}

template <class T> const T* get(const void* object, const char* kind) {
  if (is(object, kind)) return static_cast<const T*>(object);
  fault(std::string("a ") + kind + " was expected");
  return nullptr;
}
const Tensor* tensor(const void* object) { return get<Tensor>(object, "tensor descriptor"); }
const Filter* filter(const void* object) { return get<Filter>(object, "filter descriptor"); }

/// A tensor with data that holds it.
bool holds(const Tensor* known, const void* data, const char* what) {
  return known != nullptr && known->type >= 0 && cobra::fake::holds(data, count(known->sizes) * typeBytes[known->type], what);
}
bool holds(const Filter* known, const void* data, const char* what) {
  return known != nullptr && known->type >= 0 && cobra::fake::holds(data, count(known->sizes) * typeBytes[known->type], what);
}

int slid(int input, int window, int padding, int stride, int dilation) {
  return (input + 2 * padding - (dilation * (window - 1) + 1)) / stride + 1;
}

/// Sizes as cudnnGetConvolutionNdForwardOutputDim gives them.
Sizes convolved(const Tensor& x, const Filter& w, const Convolution& c) {
  Sizes sizes = {x.sizes[0], w.sizes[0]};
  for (std::size_t i = 0; i < c.padding.size(); ++i)
    sizes.push_back(slid(x.sizes[i + 2], w.sizes[i + 2], c.padding[i], c.stride[i], c.dilation[i]));
  return sizes;
}

std::size_t workspaceOf(int algorithm, const Tensor& y) { return algorithm == 1 ? count(y.sizes) * 4 : 0; }

/// x, w, y of a convolution, whichever of them is computed.
int agree(const Tensor* x, const Filter* w, const Convolution* c, const Tensor* y) {
  if (x == nullptr || w == nullptr || c == nullptr || y == nullptr) return badParam;
  if (x->type != w->type || x->type != y->type) return wrong("types differ");
  if (c->padding.size() + 2 != x->sizes.size()) return wrong("the convolution has another rank");
  if (x->sizes[1] != w->sizes[1] * c->groups) return wrong("channels do not fit");
  if (convolved(*x, *w, *c) != y->sizes) return wrong("the output has other sizes");
  return success;
}

int propose(int asked, int* returned, void* results, const Tensor* y) {
  auto* perf = static_cast<Perf*>(results);
  if (asked < 3 || y == nullptr) return badParam;
  perf[0] = {7, notSupported, -1, 0, 0, 0, {}};
  perf[1] = {1, success, 0.5f, workspaceOf(1, *y), 0, 1, {}};
  perf[2] = {0, success, 1.0f, 0, 1, 0, {}};
  *returned = 3;
  return success;
}

int sized(int algorithm, const Tensor* y, std::size_t* bytes) {
  if (y == nullptr) return badParam;
  *bytes = workspaceOf(algorithm, *y);
  return success;
}

bool room(int algorithm, const Tensor* y, const void* workspace, std::size_t bytes) {
  const std::size_t wanted = workspaceOf(algorithm, *y);
  return bytes >= wanted && (wanted == 0 || cobra::fake::holds(workspace, wanted, "the workspace"));
}

int on(void* handle, std::function<void()> work) {
  auto* known = get<Handle>(handle, "cuDNN handle");
  if (known == nullptr) return badParam;
  return launch(known->stream, std::move(work)) == 0 ? success : executionFailed;
}

void compute(const Tensor& x, const float* in, const Filter& w, const float* weights, const Convolution& c, const Tensor& y, float* out) {
  const int perGroup = w.sizes[0] / c.groups;
  auto at = [](const Sizes& s, int a, int b, int i, int j) { return static_cast<std::size_t>(((a * s[1] + b) * s[2] + i) * s[3] + j); };
  for (int n = 0; n < y.sizes[0]; ++n)
    for (int k = 0; k < y.sizes[1]; ++k)
      for (int i = 0; i < y.sizes[2]; ++i)
        for (int j = 0; j < y.sizes[3]; ++j) {
          float sum = 0;
          for (int ch = 0; ch < w.sizes[1]; ++ch)
            for (int r = 0; r < w.sizes[2]; ++r)
              for (int s = 0; s < w.sizes[3]; ++s) {
                const int row = i * c.stride[0] - c.padding[0] + r * c.dilation[0],
                          column = j * c.stride[1] - c.padding[1] + s * c.dilation[1];
                if (row < 0 || column < 0 || row >= x.sizes[2] || column >= x.sizes[3]) continue;
                sum += in[at(x.sizes, n, k / perGroup * w.sizes[1] + ch, row, column)] * weights[at(w.sizes, k, ch, r, s)];
              }
          out[at(y.sizes, n, k, i, j)] = sum;
        }
}

/// Work of some length that writes the result.
std::function<void()> touching(void* data, const Tensor& y) {
  return [data, bytes = count(y.sizes) * typeBytes[y.type]] { std::fill_n(static_cast<char*>(data), bytes, char(0x3c)); };
}
std::function<void()> touching(void* data, const Filter& w) {
  return [data, bytes = count(w.sizes) * typeBytes[w.type]] { std::fill_n(static_cast<char*>(data), bytes, char(0x3c)); };
}

template <class T> int create(void** object, const char* kind) {
  made(*object = new T, kind);
  return success;
}
template <class T> int destroy(void* object, const char* kind) {
  if (!destroyed(object, kind)) return badParam;
  delete static_cast<T*>(object);
  return success;
}

bool same(const Tensor* a, const Tensor* b) { return a != nullptr && b != nullptr && a->sizes == b->sizes && a->type == b->type; }
bool repeats(const Tensor* small, const Tensor* large) {
  if (small == nullptr || large == nullptr || small->sizes.size() != large->sizes.size()) return false;
  for (std::size_t i = 0; i < small->sizes.size(); ++i)
    if (small->sizes[i] != 1 && small->sizes[i] != large->sizes[i]) return false;
  return true;
}
Sizes listed(const int* numbers, int n) { return {numbers, numbers + n}; }
bool factor(const void* alpha, const Tensor& of, double wanted) {
  const double value = of.type == 1 ? *static_cast<const double*>(alpha) : static_cast<double>(*static_cast<const float*>(alpha));
  if (value != wanted) fault("a factor is not " + std::to_string(wanted));
  return value == wanted;
}

} // namespace

#define CALLED(name)                                                                                                                       \
  if (const int told = called(#name, executionFailed); told != 0) return told
#define OBJECT(Type, kind)                                                                                                                 \
  int cudnnCreate##Type##Descriptor(void** object) {                                                                                       \
    CALLED(cudnnCreate##Type##Descriptor);                                                                                                 \
    return create<Type>(object, kind);                                                                                                     \
  }                                                                                                                                        \
  int cudnnDestroy##Type##Descriptor(void* object) {                                                                                       \
    const int status = destroy<Type>(object, kind);                                                                                        \
    CALLED(cudnnDestroy##Type##Descriptor);                                                                                                \
    return status;                                                                                                                         \
  }

extern "C" {

std::size_t cudnnGetVersion() { return 90100; }
const char* cudnnGetErrorString(int status) {
  static const std::map<int, const char*> texts{{success, "CUDNN_STATUS_SUCCESS"},
                                                {notInitialized, "CUDNN_STATUS_NOT_INITIALIZED"},
                                                {badParam, "CUDNN_STATUS_BAD_PARAM"},
                                                {notSupported, "CUDNN_STATUS_NOT_SUPPORTED"},
                                                {deviceMemory, "CUDNN_STATUS_INTERNAL_ERROR_DEVICE_ALLOCATION_FAILED"},
                                                {executionFailed, "CUDNN_STATUS_EXECUTION_FAILED"}};
  auto at = texts.find(status);
  return at == texts.end() ? "CUDNN_UNKNOWN_STATUS" : at->second;
}

int cudnnCreate(void** handle) {
  CALLED(cudnnCreate);
  return create<Handle>(handle, "cuDNN handle");
}
int cudnnDestroy(void* handle) {
  const int status = destroy<Handle>(handle, "cuDNN handle");
  CALLED(cudnnDestroy);
  return status;
}
int cudnnSetStream(void* handle, void* stream) {
  CALLED(cudnnSetStream);
  if (!is(handle, "cuDNN handle") || !is(stream, "stream")) return wrong("no handle, or no stream");
  static_cast<Handle*>(handle)->stream = stream;
  return success;
}

OBJECT(Tensor, "tensor descriptor")
OBJECT(Filter, "filter descriptor")
OBJECT(Convolution, "convolution descriptor")
OBJECT(Pooling, "pooling descriptor")
OBJECT(Activation, "activation descriptor")
OBJECT(OpTensor, "opTensor descriptor")

int cudnnSetTensorNdDescriptor(void* object, int type, int rank, const int* sizes, const int* strides) {
  CALLED(cudnnSetTensorNdDescriptor);
  if (!is(object, "tensor descriptor") || type < 0 || type > 11 || rank < 4 || rank > 8)
    return wrong("a tensor of rank " + std::to_string(rank));
  Tensor made{type, listed(sizes, rank), listed(strides, rank)};
  if (std::ranges::any_of(made.sizes, [](int size) { return size < 1; }) || std::ranges::any_of(made.strides, [](int s) { return s < 1; }))
    return wrong("a size or stride that is not positive");
  *static_cast<Tensor*>(object) = made;
  return success;
}
int cudnnSetFilterNdDescriptor(void* object, int type, int format, int rank, const int* sizes) {
  CALLED(cudnnSetFilterNdDescriptor);
  if (!is(object, "filter descriptor") || type < 0 || type > 11 || format < 0 || format > 2 || rank < 4) return wrong("a filter");
  *static_cast<Filter*>(object) = {type, format, listed(sizes, rank)};
  return success;
}
int cudnnSetConvolutionNdDescriptor(void* object, int rank, const int* padding, const int* stride, const int* dilation, int mode,
                                    int type) {
  CALLED(cudnnSetConvolutionNdDescriptor);
  if (!is(object, "convolution descriptor") || mode < 0 || mode > 1 || rank < 2) return wrong("a convolution");
  *static_cast<Convolution*>(object) = {listed(padding, rank), listed(stride, rank), listed(dilation, rank), mode, type, 1, 0};
  return success;
}
int cudnnSetConvolutionGroupCount(void* object, int groups) {
  CALLED(cudnnSetConvolutionGroupCount);
  if (!is(object, "convolution descriptor") || static_cast<Convolution*>(object)->mode < 0) return wrong("groups before the convolution");
  static_cast<Convolution*>(object)->groups = groups;
  return success;
}
int cudnnSetConvolutionMathType(void* object, int math) {
  CALLED(cudnnSetConvolutionMathType);
  if (!is(object, "convolution descriptor")) return wrong("no convolution");
  static_cast<Convolution*>(object)->math = math;
  return success;
}

int cudnnGetConvolutionForwardAlgorithm_v7(void*, void* x, void* w, void* c, void* y, int asked, int* returned, void* perf) {
  CALLED(cudnnGetConvolutionForwardAlgorithm_v7);
  const int status = agree(tensor(x), filter(w), get<Convolution>(c, "convolution descriptor"), tensor(y));
  return status ? status : propose(asked, returned, perf, tensor(y));
}
int cudnnGetConvolutionBackwardDataAlgorithm_v7(void*, void* w, void* dy, void* c, void* dx, int asked, int* returned, void* perf) {
  CALLED(cudnnGetConvolutionBackwardDataAlgorithm_v7);
  const int status = agree(tensor(dx), filter(w), get<Convolution>(c, "convolution descriptor"), tensor(dy));
  return status ? status : propose(asked, returned, perf, tensor(dy));
}
int cudnnGetConvolutionBackwardFilterAlgorithm_v7(void*, void* x, void* dy, void* c, void* dw, int asked, int* returned, void* perf) {
  CALLED(cudnnGetConvolutionBackwardFilterAlgorithm_v7);
  const int status = agree(tensor(x), filter(dw), get<Convolution>(c, "convolution descriptor"), tensor(dy));
  return status ? status : propose(asked, returned, perf, tensor(dy));
}
int cudnnGetConvolutionForwardWorkspaceSize(void*, void*, void*, void*, void* y, int algorithm, std::size_t* bytes) {
  CALLED(cudnnGetConvolutionForwardWorkspaceSize);
  return sized(algorithm, tensor(y), bytes);
}
int cudnnGetConvolutionBackwardDataWorkspaceSize(void*, void*, void* dy, void*, void*, int algorithm, std::size_t* bytes) {
  CALLED(cudnnGetConvolutionBackwardDataWorkspaceSize);
  return sized(algorithm, tensor(dy), bytes);
}
int cudnnGetConvolutionBackwardFilterWorkspaceSize(void*, void*, void* dy, void*, void*, int algorithm, std::size_t* bytes) {
  CALLED(cudnnGetConvolutionBackwardFilterWorkspaceSize);
  return sized(algorithm, tensor(dy), bytes);
}
int cudnnConvolutionForward(void* handle, const void* alpha, void* x, const void* in, void* w, const void* weights, void* c, int algorithm,
                            void* workspace, std::size_t bytes, const void* beta, void* y, void* out) {
  CALLED(cudnnConvolutionForward);
  const auto* set = get<Convolution>(c, "convolution descriptor");
  if (const int status = agree(tensor(x), filter(w), set, tensor(y))) return status;
  if (!holds(tensor(x), in, "x") || !holds(filter(w), weights, "w") || !holds(tensor(y), out, "y")) return badParam;
  if (!room(algorithm, tensor(y), workspace, bytes) || !factor(alpha, *tensor(x), 1) || !factor(beta, *tensor(x), 0)) return badParam;
  if (tensor(x)->type != 0 || tensor(x)->sizes.size() != 4 || tensor(x)->strides[3] != 1) return on(handle, touching(out, *tensor(y)));
  return on(handle, [x = *tensor(x), in, w = *filter(w), weights, set = *set, y = *tensor(y), out] {
    compute(x, static_cast<const float*>(in), w, static_cast<const float*>(weights), set, y, static_cast<float*>(out));
  });
}
int cudnnConvolutionBackwardData(void* handle, const void* alpha, void* w, const void* weights, void* dy, const void* gradient, void* c,
                                 int algorithm, void* workspace, std::size_t bytes, const void* beta, void* dx, void* out) {
  CALLED(cudnnConvolutionBackwardData);
  if (const int status = agree(tensor(dx), filter(w), get<Convolution>(c, "convolution descriptor"), tensor(dy))) return status;
  if (!holds(filter(w), weights, "w") || !holds(tensor(dy), gradient, "dy") || !holds(tensor(dx), out, "dx")) return badParam;
  if (!room(algorithm, tensor(dy), workspace, bytes) || !factor(alpha, *tensor(dx), 1) || !factor(beta, *tensor(dx), 0)) return badParam;
  return on(handle, touching(out, *tensor(dx)));
}
int cudnnConvolutionBackwardFilter(void* handle, const void* alpha, void* x, const void* in, void* dy, const void* gradient, void* c,
                                   int algorithm, void* workspace, std::size_t bytes, const void* beta, void* dw, void* out) {
  CALLED(cudnnConvolutionBackwardFilter);
  if (const int status = agree(tensor(x), filter(dw), get<Convolution>(c, "convolution descriptor"), tensor(dy))) return status;
  if (!holds(tensor(x), in, "x") || !holds(tensor(dy), gradient, "dy") || !holds(filter(dw), out, "dw")) return badParam;
  if (!room(algorithm, tensor(dy), workspace, bytes) || !factor(alpha, *tensor(x), 1) || !factor(beta, *tensor(x), 0)) return badParam;
  return on(handle, touching(out, *filter(dw)));
}
int cudnnConvolutionBackwardBias(void* handle, const void*, void* dy, const void* gradient, const void*, void* db, void* out) {
  CALLED(cudnnConvolutionBackwardBias);
  if (!holds(tensor(dy), gradient, "dy") || !holds(tensor(db), out, "db")) return badParam;
  if (count(tensor(db)->sizes) != static_cast<std::size_t>(tensor(dy)->sizes[1])) return wrong("the bias has other sizes");
  return on(handle, touching(out, *tensor(db)));
}

int cudnnSetPoolingNdDescriptor(void* object, int mode, int, int rank, const int* window, const int* padding, const int* stride) {
  CALLED(cudnnSetPoolingNdDescriptor);
  if (!is(object, "pooling descriptor") || mode < 0 || mode > 3) return wrong("a pooling");
  *static_cast<Pooling*>(object) = {mode, listed(window, rank), listed(padding, rank), listed(stride, rank)};
  return success;
}
int cudnnPoolingForward(void* handle, void* pooling, const void*, void* x, const void* in, const void*, void* y, void* out) {
  CALLED(cudnnPoolingForward);
  const auto* set = get<Pooling>(pooling, "pooling descriptor");
  if (set == nullptr || !holds(tensor(x), in, "x") || !holds(tensor(y), out, "y")) return badParam;
  for (std::size_t i = 0; i < set->window.size(); ++i)
    if (slid(tensor(x)->sizes[i + 2], set->window[i], set->padding[i], set->stride[i], 1) != tensor(y)->sizes[i + 2])
      return wrong("the output of the pooling has other sizes");
  return on(handle, touching(out, *tensor(y)));
}
int cudnnPoolingBackward(void* handle, void* pooling, const void*, void* y, const void* outputs, void* dy, const void* gradient, void* x,
                         const void* in, const void*, void* dx, void* out) {
  CALLED(cudnnPoolingBackward);
  if (get<Pooling>(pooling, "pooling descriptor") == nullptr || !same(tensor(y), tensor(dy)) || !same(tensor(x), tensor(dx)))
    return wrong("tensors of the pooling");
  if (!holds(tensor(y), outputs, "y") || !holds(tensor(dy), gradient, "dy") || !holds(tensor(x), in, "x") || !holds(tensor(dx), out, "dx"))
    return badParam;
  return on(handle, touching(out, *tensor(dx)));
}
int cudnnSetActivationDescriptor(void* object, int mode, int, double) {
  CALLED(cudnnSetActivationDescriptor);
  if (!is(object, "activation descriptor") || mode < 0 || mode > 6) return wrong("an activation");
  static_cast<Activation*>(object)->mode = mode;
  return success;
}
int cudnnActivationForward(void* handle, void* activation, const void*, void* x, const void* in, const void*, void* y, void* out) {
  CALLED(cudnnActivationForward);
  if (get<Activation>(activation, "activation descriptor") == nullptr || !same(tensor(x), tensor(y))) return wrong("an activation");
  if (!holds(tensor(x), in, "x") || !holds(tensor(y), out, "y")) return badParam;
  return on(handle, touching(out, *tensor(y)));
}
int cudnnActivationBackward(void* handle, void* activation, const void*, void* y, const void* outputs, void* dy, const void* gradient,
                            void* x, const void* in, const void*, void* dx, void* out) {
  CALLED(cudnnActivationBackward);
  if (get<Activation>(activation, "activation descriptor") == nullptr || !same(tensor(y), tensor(dy)) || !same(tensor(x), tensor(dx)))
    return wrong("tensors of the activation");
  if (!holds(tensor(y), outputs, "y") || !holds(tensor(dy), gradient, "dy") || !holds(tensor(x), in, "x") || !holds(tensor(dx), out, "dx"))
    return badParam;
  return on(handle, touching(out, *tensor(dx)));
}
int cudnnSoftmaxForward(void* handle, int algorithm, int mode, const void*, void* x, const void* in, const void*, void* y, void* out) {
  CALLED(cudnnSoftmaxForward);
  if (algorithm < 0 || algorithm > 2 || mode < 0 || mode > 1 || !same(tensor(x), tensor(y))) return wrong("a softmax");
  if (!holds(tensor(x), in, "x") || !holds(tensor(y), out, "y")) return badParam;
  return on(handle, touching(out, *tensor(y)));
}
int cudnnSoftmaxBackward(void* handle, int algorithm, int mode, const void*, void* y, const void* outputs, void* dy, const void* gradient,
                         const void*, void* dx, void* out) {
  CALLED(cudnnSoftmaxBackward);
  if (algorithm < 0 || algorithm > 2 || mode < 0 || mode > 1 || !same(tensor(y), tensor(dy)) || !same(tensor(y), tensor(dx)))
    return wrong("a softmax");
  if (!holds(tensor(y), outputs, "y") || !holds(tensor(dy), gradient, "dy") || !holds(tensor(dx), out, "dx")) return badParam;
  return on(handle, touching(out, *tensor(dx)));
}

int cudnnAddTensor(void* handle, const void* alpha, void* a, const void* in, const void* beta, void* c, void* out) {
  CALLED(cudnnAddTensor);
  if (!repeats(tensor(a), tensor(c))) return wrong("what is added does not repeat to the sum");
  if (!holds(tensor(a), in, "a") || !holds(tensor(c), out, "c") || !factor(alpha, *tensor(a), 1) || !factor(beta, *tensor(a), 1))
    return badParam;
  return on(handle, touching(out, *tensor(c)));
}
int cudnnSetOpTensorDescriptor(void* object, int op, int type, int) {
  CALLED(cudnnSetOpTensorDescriptor);
  if (!is(object, "opTensor descriptor") || op < 0 || op > 5 || type < 0 || type > 2) return wrong("an operation on tensors");
  static_cast<OpTensor*>(object)->op = op;
  return success;
}
int cudnnOpTensor(void* handle, void* op, const void*, void* a, const void* in, const void*, void* b, const void* other, const void*,
                  void* c, void* out) {
  CALLED(cudnnOpTensor);
  if (get<OpTensor>(op, "opTensor descriptor") == nullptr || !same(tensor(a), tensor(c)) || !repeats(tensor(b), tensor(a)))
    return wrong("tensors of the operation");
  if (!holds(tensor(a), in, "a") || !holds(tensor(b), other, "b") || !holds(tensor(c), out, "c")) return badParam;
  return on(handle, touching(out, *tensor(c)));
}
}
