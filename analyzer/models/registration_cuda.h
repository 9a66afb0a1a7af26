// Tables of what CUDA's libraries bring besides cuDNN's and cuBLAS's own calls.
#pragma once

namespace cobra::interp {

class Library;

void registerCudnnFrontend(Library&); // cudnn_frontend::graph
void registerCublasLt(Library&);      // cublasLtMatmul
void registerThrust(Library&);        // thrust::device_vector, raw_pointer_cast

} // namespace cobra::interp
