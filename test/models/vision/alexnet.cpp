// AlexNet for CIFAR / ImageNet
// usage: ./alexnet [epochs] [batch]
#include <torch/torch.h>
#include <iostream>
#include <cstdlib>
using namespace std;
using namespace torch;

// cobra: auto net = std::make_shared<AlexNet>(10); net->eval(); auto x = torch::randn({2, 3, 224, 224}); net->forward(x);

struct AlexNet : nn::Module {
    AlexNet(int num_classes = 1000, double dropout = 0.5)
        : look1(nn::Conv2dOptions(3, 64, 11).stride(4).padding(2)),
          look2(nn::Conv2dOptions(64, 192, 5).padding(2)),
          look3(nn::Conv2dOptions(192, 384, 3).padding(1)),
          look4(nn::Conv2dOptions(384, 256, 3).padding(1)),
          look5(nn::Conv2dOptions(256, 256, 3).padding(1)),
          drop(dropout),
          say1(256 * 6 * 6, 4096),
          say2(4096, 4096),
          say3(4096, num_classes)
    {
        register_module("look1", look1);
        register_module("look2", look2);
        register_module("look3", look3);
        register_module("look4", look4);
        register_module("look5", look5);
        register_module("drop", drop);
        register_module("say1", say1);
        register_module("say2", say2);
        register_module("say3", say3);

        // weight init
        for (auto& p : named_parameters()) {
            string n = p.key();
            if (n.find("weight") != string::npos) nn::init::normal_(p.value(), 0, 0.01);
            else nn::init::constant_(p.value(), 0);
        }
    }

    Tensor forward(Tensor x) {
        x = max_pool2d(relu(look1->forward(x)), 3, 2);
        x = max_pool2d(relu(look2->forward(x)), 3, 2);
        x = relu(look3->forward(x));
        x = relu(look4->forward(x));
        x = max_pool2d(relu(look5->forward(x)), {3, 3}, {2, 2});
        // cout << x.sizes() << endl;
        x = x.view({x.size(0), -1});
        x = drop->forward(x);
        x = relu(say1->forward(x));
        x = drop->forward(x);
        x = relu(say2->forward(x));
        x = say3->forward(x);
        return x;
    }

    nn::Conv2d look1, look2, look3, look4, look5;
    nn::Dropout drop;
    nn::Linear say1, say2, say3;
};

int main(int argc, char* argv[]) {
    int epochs = argc > 1 ? atoi(argv[1]) : 10;
    int batch = argc > 2 ? atoi(argv[2]) : 4;
    torch::manual_seed(1);
    Device device(kCPU);
    if (torch::cuda::is_available()) {
        cout << "CUDA available! Training on GPU." << endl;
        device = Device(kCUDA);
    }
    auto model = make_shared<AlexNet>(10);
    model->to(device);
    optim::SGD opt(model->parameters(), optim::SGDOptions(0.01).momentum(0.9).weight_decay(5e-4));
    for (int e = 1; e <= epochs; e++) {
        model->train();
        double running = 0;
        for (int i = 0; i < 10; ++i) {
            auto data = torch::randn({batch, 3, 224, 224}).to(device);
            auto target = torch::randint(10, {batch}, kLong).to(device);
            opt.zero_grad();
            auto out = model->forward(data);
            auto loss = nll_loss(log_softmax(out, 1), target);
            loss.backward();
            opt.step();
            running += loss.item<double>();
            if (i % 5 == 0)
                printf("epoch %d [%d] loss %.4f\n", e, i, running / (i + 1));
        }
    }
    torch::save(model, "alexnet.pt");
    return 0;
}
