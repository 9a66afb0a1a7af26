#include "nets/tower.h"
int main() {
  Tower tower;
  tower->forward(torch::randn({4, 16}));
}
