// How a process learns which of many it is: from what torchrun, srun or mpirun put into its environment.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <variant>

namespace cobra::train {

struct Launch {
  int rank = 0, size = 1;
  std::string address = "127.0.0.1"; // of the process of rank 0
  std::uint16_t port = 29500;
  bool serves = false; // this process opens the port; torchrun's agent may have done so already
};

/// `variable`: the value of an environment variable, nullptr where it is not set (std::getenv). Ranks are looked for as torchrun
/// (RANK, WORLD_SIZE), srun (SLURM_PROCID, SLURM_NTASKS), Open MPI (OMPI_COMM_WORLD_RANK, _SIZE) and other MPIs (PMI_RANK, PMI_SIZE)
/// say them; the address in MASTER_ADDR and MASTER_PORT, else the first host of a Slurm step, else this machine where all processes of
/// Open MPI are on it. A sentence where something is missing or no number.
std::variant<Launch, std::string> launchOf(const std::function<const char*(const char*)>& variable);

/// "node[007-012,020],other" -> "node007".
std::string firstHost(const std::string& slurmNodes);

} // namespace cobra::train
