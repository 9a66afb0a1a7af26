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
        : conv1(nn::Conv2dOptions(3, 64, 11).stride(4).padding(2)),
          conv2(nn::Conv2dOptions(64, 192, 5).padding(2)),
          conv3(nn::Conv2dOptions(192, 384, 3).padding(1)),
          conv4(nn::Conv2dOptions(384, 256, 3).padding(1)),
          conv5(nn::Conv2dOptions(256, 256, 3).padding(1)),
          drop(dropout),
          fc1(256 * 6 * 6, 4096),
          fc2(4096, 4096),
          fc3(4096, num_classes)
    {
        register_module("conv1", conv1);
        register_module("conv2", conv2);
        register_module("conv3", conv3);
        register_module("conv4", conv4);
        register_module("conv5", conv5);
        register_module("drop", drop);
        register_module("fc1", fc1);
        register_module("fc2", fc2);
        register_module("fc3", fc3);

        // weight init
        for (auto& p : named_parameters()) {
            string n = p.key();
            if (n.find("weight") != string::npos) nn::init::normal_(p.value(), 0, 0.01);
            else nn::init::constant_(p.value(), 0);
        }
    }

    Tensor forward(Tensor x) {
        x = max_pool2d(relu(conv1->forward(x)), 3, 2);
        x = max_pool2d(relu(conv2->forward(x)), 3, 2);
        x = relu(conv3->forward(x));
        x = relu(conv4->forward(x));
        x = max_pool2d(relu(conv5->forward(x)), {3, 3}, {2, 2});
        // cout << x.sizes() << endl;
        x = x.view({x.size(0), -1});
        x = drop->forward(x);
        x = relu(fc1->forward(x));
        x = drop->forward(x);
        x = relu(fc2->forward(x));
        x = fc3->forward(x);
        return x;
    }

    nn::Conv2d conv1, conv2, conv3, conv4, conv5;
    nn::Dropout drop;
    nn::Linear fc1, fc2, fc3;
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
