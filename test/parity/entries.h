// Runs the entries of one program, each in a process of its own.
#pragma once

#include <string>
#include <vector>

namespace cobra::parity {

/// Makes what it needs, records its last statement, and gives the recorder's text.
using Entry = std::string (*)();

/// Runs entry i in a forked process and writes `folder`/i.json, or `folder`/i.error where it throws, is
/// killed or takes longer than five minutes. One thread, no gradients, the same seed for each. Gives 0, or 1
/// where a process cannot be made.
int runEntries(const std::vector<Entry>& entries, const std::string& folder);

} // namespace cobra::parity
