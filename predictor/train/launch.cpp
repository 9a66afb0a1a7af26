#include "predictor/train/launch.h"

#include <charconv>
#include <optional>
#include <string_view>

namespace cobra::train {
namespace {

struct Launcher {
  const char *name, *rank, *size;
};
constexpr Launcher kLaunchers[] = {{"torchrun", "RANK", "WORLD_SIZE"},
                                   {"srun", "SLURM_PROCID", "SLURM_NTASKS"},
                                   {"mpirun", "OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE"},
                                   {"mpirun", "PMI_RANK", "PMI_SIZE"}};

std::optional<int> numberOf(std::string_view text) {
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

class Environment {
public:
  explicit Environment(const std::function<const char*(const char*)>& variable) : variable_(variable) {}
  std::string text(const char* name) const {
    const char* value = variable_(name);
    return value ? value : "";
  }
  bool has(const char* name) const { return variable_(name) != nullptr; }

private:
  const std::function<const char*(const char*)>& variable_;
};

std::string addressOf(const Environment& environment) {
  if (environment.has("MASTER_ADDR")) return environment.text("MASTER_ADDR");
  for (const char* nodes : {"SLURM_STEP_NODELIST", "SLURM_JOB_NODELIST"}) {
    if (environment.has(nodes)) return firstHost(environment.text(nodes));
  }
  const std::string here = environment.text("OMPI_COMM_WORLD_LOCAL_SIZE");
  return !here.empty() && here == environment.text("OMPI_COMM_WORLD_SIZE") ? "127.0.0.1" : "";
}

} // namespace

std::string firstHost(const std::string& slurmNodes) {
  const std::size_t open = slurmNodes.find('['), comma = slurmNodes.find(',');
  if (open == std::string::npos || comma < open) return slurmNodes.substr(0, comma);
  const std::size_t end = slurmNodes.find_first_of("-,]", open);
  return slurmNodes.substr(0, open) + slurmNodes.substr(open + 1, end == std::string::npos ? end : end - open - 1);
}

std::variant<Launch, std::string> launchOf(const std::function<const char*(const char*)>& variable) {
  const Environment environment(variable);
  for (const Launcher& launcher : kLaunchers) {
    if (!environment.has(launcher.rank) || !environment.has(launcher.size)) continue;
    const auto rank = numberOf(environment.text(launcher.rank)), size = numberOf(environment.text(launcher.size));
    if (!rank || !size || *size < 1 || *rank < 0 || *rank >= *size) {
      return std::string("the environment names process ") + launcher.rank + "=" + environment.text(launcher.rank) + " of " +
             launcher.size + "=" + environment.text(launcher.size) + ", which is none";
    }
    Launch launch{.rank = *rank, .size = *size, .address = addressOf(environment)};
    if (launch.address.empty()) return std::string("started by ") + launcher.name + ", but MASTER_ADDR does not say where process 0 runs";
    if (environment.has("MASTER_PORT")) {
      const auto port = numberOf(environment.text("MASTER_PORT"));
      if (!port || *port < 1 || *port > 65535) return "MASTER_PORT is '" + environment.text("MASTER_PORT") + "', which is no port";
      launch.port = static_cast<std::uint16_t>(*port);
    }
    launch.serves = launch.rank == 0 && environment.text("TORCHELASTIC_USE_AGENT_STORE") != "True";
    return launch;
  }
  return std::string("no launcher started this process: torchrun, srun or mpirun would have set RANK and WORLD_SIZE, SLURM_PROCID and "
                     "SLURM_NTASKS, or OMPI_COMM_WORLD_RANK and OMPI_COMM_WORLD_SIZE");
}

} // namespace cobra::train
