# Finds LibTorch without asking for a CUDA toolkit, which the wheel's own TorchConfig.cmake does.
#
# Looked at in this order: LIBTORCH_DIR (variable or environment), Torch_DIR, .deps/ as scripts/setup leaves it, an
# installed Python torch. Gives the target LibTorch::LibTorch, and LIBTORCH_ROOT, LIBTORCH_HAS_CUDA.

set(_candidates "")
foreach(name LIBTORCH_DIR)
  if(${name})
    list(APPEND _candidates ${${name}})
  endif()
  if(DEFINED ENV{${name}})
    list(APPEND _candidates $ENV{${name}})
  endif()
endforeach()
foreach(config ${Torch_DIR} $ENV{Torch_DIR}) # <root>/share/cmake/Torch
  list(APPEND _candidates ${config}/../../..)
endforeach()
list(APPEND _candidates ${CMAKE_SOURCE_DIR}/.deps/libtorch-2.11.0/torch)

set(LIBTORCH_ROOT "")
foreach(root ${_candidates})
  if(NOT LIBTORCH_ROOT AND EXISTS ${root}/include/torch/csrc/api/include/torch/torch.h)
    get_filename_component(LIBTORCH_ROOT ${root} REALPATH)
  endif()
endforeach()
if(NOT LIBTORCH_ROOT)
  find_program(_python NAMES python3 python)
  if(_python)
    execute_process(
      COMMAND ${_python} -c "import importlib.util as u; s = u.find_spec('torch'); print(s.submodule_search_locations[0] if s else '')"
      OUTPUT_VARIABLE _root OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
    if(_root AND EXISTS ${_root}/include/torch/csrc/api/include/torch/torch.h)
      set(LIBTORCH_ROOT ${_root})
    endif()
  endif()
endif()

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(LibTorch REQUIRED_VARS LIBTORCH_ROOT
  REASON_FAILURE_MESSAGE "run scripts/setup, or name one with -DLIBTORCH_DIR=<folder that holds include/ and lib/>")

if(LibTorch_FOUND AND NOT TARGET LibTorch::LibTorch)
  set(_lib ${LIBTORCH_ROOT}/lib)
  add_library(LibTorch::LibTorch INTERFACE IMPORTED GLOBAL)
  target_include_directories(LibTorch::LibTorch SYSTEM INTERFACE
    ${LIBTORCH_ROOT}/include ${LIBTORCH_ROOT}/include/torch/csrc/api/include)
  # libtorch.so itself would pull in libtorch_cuda.so and some 2 GB of NVIDIA libraries: link what is used.
  target_link_libraries(LibTorch::LibTorch INTERFACE ${_lib}/libtorch_cpu.so ${_lib}/libc10.so)
  target_link_options(LibTorch::LibTorch INTERFACE "LINKER:-rpath,${_lib}" "LINKER:--allow-shlib-undefined")
  set(LIBTORCH_HAS_CUDA OFF)
  if(EXISTS ${_lib}/libtorch_cuda.so)
    set(LIBTORCH_HAS_CUDA ON)
    # The CUDA kernels register themselves when the library is loaded; nothing names a symbol of it.
    target_link_options(LibTorch::LibTorch INTERFACE
      "LINKER:--no-as-needed,${_lib}/libtorch_cuda.so,--as-needed" "LINKER:-rpath-link,${_lib}")
    target_link_libraries(LibTorch::LibTorch INTERFACE ${_lib}/libc10_cuda.so)
  endif()
endif()
