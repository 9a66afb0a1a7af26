# nlohmann_json for every room: the machine's own where there is one.
#
# A GPU machine often has LibTorch, CMake and Ninja and no network, so the package's files travel with the source as an archive
# (cmake/offline/README.md) and are unpacked into the build folder.
find_package(nlohmann_json 3.9 QUIET)
if(NOT nlohmann_json_FOUND)
  set(_json nlohmann_json-3.11.2)
  if(NOT EXISTS ${CMAKE_BINARY_DIR}/offline/${_json})
    file(ARCHIVE_EXTRACT INPUT ${CMAKE_CURRENT_LIST_DIR}/offline/${_json}.tar.xz DESTINATION ${CMAKE_BINARY_DIR}/offline)
  endif()
  list(PREPEND CMAKE_PREFIX_PATH ${CMAKE_BINARY_DIR}/offline/${_json})
  find_package(nlohmann_json 3.9 REQUIRED)
endif()
