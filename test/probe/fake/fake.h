// What the stand-ins for NVIDIA's libraries tell a test. They have the C functions that the probe looks for, do the work on the CPU,
// and watch over what they are told: every handle has to be one that was made, of its kind and not yet destroyed, every buffer
// large enough. Device memory is ordinary memory; a stream does at once what it is given, or keeps it while it is captured.
//
// COBRA_FAKE_FAIL makes functions fail: "cudaMalloc:3:2,cudnnCreate" makes the third call of the one return status 2, and the first
// of the other a status of its library. One thread.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

namespace cobra::fake {

/// For the libraries: counts a call, and gives the status that it has been told to return, or 0.
int called(const char* function, int failure);
/// Something was made, and has to be destroyed; and back. `kind` is a word.
void made(void* object, const char* kind);
/// False, and a fault, where there is no such object of that kind.
bool destroyed(void* object, const char* kind);
bool is(const void* object, const char* kind);
/// What was wrong with a call, which no test expects.
void fault(const std::string& sentence);
/// True if there are that many bytes of device memory from `data` on; else a fault.
bool holds(const void* data, std::size_t bytes, const char* what);
/// Runs work on a stream, or captures it. 0 or a status of CUDA's runtime.
int launch(void* stream, std::function<void()> work);

// For tests.
std::size_t live();
/// What is still there, and what was wrong.
std::string report();
std::size_t calls(const std::string& function);
/// Names of all calls, in order.
const std::vector<std::string>& log();
/// Forgets counts, log and faults, not what is alive.
void reset();

} // namespace cobra::fake
