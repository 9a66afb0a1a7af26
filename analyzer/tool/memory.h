// How this process takes memory from the system. Changes no result.
#pragma once

namespace cobra::tool {

/// Call once, before anything large is allocated. Where the C library is not glibc, or the system has no huge pages, it does what can be
/// done.
void takeMemoryInLargeSteps();

} // namespace cobra::tool
