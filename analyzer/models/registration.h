// Every table of library knowledge. One function a file; Library's constructor calls them in this order, later entries win.
#pragma once

namespace cobra::interp {

class Library;

void registerStdContainers(Library&);    // vector, array, deque, list, map, set, initializer_list, span, iterators
void registerStdValues(Library&);        // optional, variant, pair, tuple, string, function, smart pointers, move, any
void registerStdAlgorithms(Library&);    // <algorithm>, <numeric>, <cmath>
void registerStdStreams(Library&);       // printing, files, exceptions
void registerTorchOps(Library&);         // at:: and torch:: functions, at::Tensor methods that are operators, from their C++ signatures
void registerTorchTensor(Library&);      // size, dim, item, options, constructors, operators +-*/, what LibTorch runs for them
void registerTorchValues(Library&);      // c10::Scalar, ArrayRef, optional, Device, TensorOptions, ExpandingArray, enumtype
void registerTorchIndex(Library&);       // torch::indexing, index, index_put_
void registerTorchModule(Library&);      // nn::Module, ModuleHolder, Cloneable, register_*, train, eval, parameters, children
void registerTorchContainers(Library&);  // Sequential, ModuleList, ModuleDict, AnyModule, Functional
void registerTorchOptions(Library&);     // options structs with chained setters
void registerTorchLayers(Library&);      // Conv, Linear, BatchNorm, pooling, activation, ... modules
void registerTorchRecurrent(Library&);   // LSTM, GRU, RNN and cells
void registerTorchAttention(Library&);   // MultiheadAttention, Transformer
void registerTorchFunctional(Library&);  // torch::nn::functional
void registerTorchData(Library&);        // datasets, transforms, data loaders
void registerTorchGuards(Library&);      // NoGradGuard, manual_seed, cuda::is_available, serialization, data loaders
void registerCudaMemory(Library&);       // cudaMalloc, copies, kernel launches, the runtime's small talk
void registerCudnnDescriptors(Library&); // cudnnCreate..., cudnnSet..., cudnnGet...
void registerCudnnConvolution(Library&); // cudnnConvolutionForward, ...
void registerCudnnOperations(Library&);  // pooling, activation, softmax, normalization, dropout, sums
void registerCudnnRecurrent(Library&);   // cudnnRNNForward, ... of all versions
void registerCublas(Library&);           // cublasSgemm, ...

} // namespace cobra::interp
