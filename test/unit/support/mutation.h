// Spoils a text the way broken files are spoilt: bytes changed, lost, doubled, moved, numbers blown up, ends
// cut off.
#pragma once

#include <random>
#include <string>
#include <string_view>

namespace cobra::test {

/// One to four random changes. The same generator state gives the same text on every machine.
std::string mutated(std::string text, std::mt19937_64& random);

} // namespace cobra::test
