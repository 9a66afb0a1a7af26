# Finds LLVM and Clang 19 as shared libraries: the plugin is loaded into a clang that has the same libraries open already,
# and a second, static copy of LLVM in one process breaks both.
#
# A folder of one's own is named with -DClang_DIR=<prefix>/lib/cmake/clang. Gives the target Clang19::Clang, and
# CLANG19_PREFIX, CLANG19_COMPILER, CLANG19_RESOURCE_DIR.

set(_hints /usr/lib/llvm-19 /usr/local/opt/llvm@19 /opt/homebrew/opt/llvm@19)
find_package(LLVM 19 QUIET CONFIG HINTS ${_hints})
find_package(Clang QUIET CONFIG HINTS ${_hints} ${LLVM_DIR}/../../..)

include(FindPackageHandleStandardArgs)
if(TARGET clang-cpp AND TARGET LLVM)
  set(CLANG19_LIBRARIES clang-cpp LLVM)
endif()
find_package_handle_standard_args(Clang19 REQUIRED_VARS CLANG19_LIBRARIES Clang_DIR
  VERSION_VAR LLVM_PACKAGE_VERSION
  REASON_FAILURE_MESSAGE "needs the shared libraries of LLVM and Clang 19 (llvm-19-dev and libclang-19-dev on Debian), run scripts/setup or name them with -DClang_DIR")

if(Clang19_FOUND)
  get_filename_component(CLANG19_PREFIX ${Clang_DIR}/../../.. ABSOLUTE)
  set(CLANG19_COMPILER ${CLANG19_PREFIX}/bin/clang++)
  set(CLANG19_RESOURCE_DIR ${CLANG19_PREFIX}/lib/clang/${LLVM_VERSION_MAJOR})
  if(NOT TARGET Clang19::Clang)
    add_library(Clang19::Clang INTERFACE IMPORTED)
    target_include_directories(Clang19::Clang SYSTEM INTERFACE ${LLVM_INCLUDE_DIRS} ${CLANG_INCLUDE_DIRS})
    target_compile_definitions(Clang19::Clang INTERFACE ${LLVM_DEFINITIONS_LIST})
    target_link_libraries(Clang19::Clang INTERFACE ${CLANG19_LIBRARIES})
    if(NOT LLVM_ENABLE_RTTI)
      target_compile_options(Clang19::Clang INTERFACE $<$<COMPILE_LANGUAGE:CXX>:-fno-rtti>)
    endif()
  endif()
endif()
