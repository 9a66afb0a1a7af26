#include "gated.h"

int main() {
  Gated net(8);
  net->forward(torch::randn({4, 8}));
}
