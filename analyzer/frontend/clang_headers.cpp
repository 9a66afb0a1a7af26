// Holds the precompiled header of Clang's own headers that the other targets reuse; see
// analyzer/CMakeLists.txt.
