# What every target shares: warnings, sanitizers, ccache and mold where the machine has them.

find_program(COBRA_CCACHE ccache)
if(COBRA_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  # Precompiled headers are cached only when ccache may ignore their defines and time stamps.
  set(CMAKE_CXX_COMPILER_LAUNCHER
      ${CMAKE_COMMAND} -E env CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime
      CCACHE_COMPILERCHECK=content ${COBRA_CCACHE})
endif()
find_program(COBRA_MOLD mold)
if(COBRA_MOLD AND CMAKE_CXX_COMPILER_ID MATCHES "Clang|GNU")
  add_link_options(-fuse-ld=mold)
endif()

add_library(cobra_flags INTERFACE)
target_compile_options(cobra_flags INTERFACE -Wall -Wextra -Werror)
if(CMAKE_CXX_COMPILER_ID MATCHES "Clang")
  # Lets ccache reuse objects that were compiled against a precompiled header.
  target_compile_options(cobra_flags INTERFACE "SHELL:-Xclang -fno-pch-timestamp")
endif()
target_include_directories(cobra_flags INTERFACE ${CMAKE_SOURCE_DIR})
if(COBRA_SANITIZE)
  add_compile_options(-fsanitize=${COBRA_SANITIZE} -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${COBRA_SANITIZE})
endif()
