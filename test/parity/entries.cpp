#include "entries.h"

#include <torch/torch.h>

#include <sys/wait.h>
#include <unistd.h>

#include <cstring>
#include <exception>
#include <fstream>
#include <iostream>

namespace cobra::parity {
namespace {

constexpr unsigned secondsForEntry = 300;

void write(const std::string& file, const std::string& text) { std::ofstream(file) << text << std::endl; }

/// Never comes back: the statics of the program are the parent's to destroy.
[[noreturn]] void runOne(Entry entry, const std::string& stem) {
  alarm(secondsForEntry);
  try {
    torch::NoGradGuard noGrad;
    torch::set_num_threads(1);
    torch::manual_seed(0);
    write(stem + ".json", entry());
  } catch (const std::exception& error) {
    write(stem + ".error", error.what());
  } catch (...) {
    write(stem + ".error", "something that is no std::exception was thrown");
  }
  std::cout.flush();
  _exit(0);
}

} // namespace

int runEntries(const std::vector<Entry>& entries, const std::string& folder) {
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const std::string stem = folder + "/" + std::to_string(i);
    const pid_t child = fork();
    if (child < 0) {
      std::cerr << "no process can be made: " << std::strerror(errno) << std::endl;
      return 1;
    }
    if (child == 0) runOne(entries[i], stem);
    int status = 0;
    waitpid(child, &status, 0);
    if (WIFSIGNALED(status))
      write(stem + ".error", std::string("killed: ") + strsignal(WTERMSIG(status)));
    else if (WEXITSTATUS(status) != 0)
      write(stem + ".error", "it ended with the exit status " + std::to_string(WEXITSTATUS(status)));
  }
  return 0;
}

} // namespace cobra::parity
