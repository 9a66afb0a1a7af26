#include "gate.h"

#include "no_such_library.h"

int main() {
  Gate gate(24, 48);
  gate->forward(torch::randn({5, 24}), torch::randn({5, 24}));
}
