"""The seven reference cases in PyTorch; bench/Functional.Bench/Cases.cs defines them."""
from collections import namedtuple
import torch
from torch import nn

Case = namedtuple('Case', 'sizes activation loss batch')

CASES = {
    'moons-b10': Case([2, 20, 40, 20, 1], nn.ReLU, 'bce', 10),
    'moons-b1000': Case([2, 20, 40, 20, 1], nn.ReLU, 'bce', 1000),
    'mnist-100-b64': Case([784, 100, 10], nn.ReLU, 'ce', 64),
    'mnist-512-b128': Case([784, 512, 256, 10], nn.ReLU, 'ce', 128),
    'wide-b256': Case([1024, 4096, 4096, 1024], nn.ReLU, 'mse', 256),
    'deep20-b32': Case([64] * 21 + [10], nn.Tanh, 'ce', 32),
    'chain-b200': Case([24, 8, 2], nn.Tanh, 'mse', 200),
}


def network_of(case):
    """Dense and activation in turn; the cross-entropy takes logits."""
    layers = []
    for inputs, outputs in zip(case.sizes, case.sizes[1:]):
        layers += [nn.Linear(inputs, outputs), case.activation()]
    layers[-1:] = [nn.Sigmoid()] if case.loss == 'bce' else []
    return nn.Sequential(*layers)


def loss_of(case):
    return {'bce': nn.BCELoss, 'ce': nn.CrossEntropyLoss, 'mse': nn.MSELoss}[case.loss]()


def target_of(case):
    if case.loss == 'bce':
        return torch.randint(0, 2, (case.batch, 1)).float()
    if case.loss == 'ce':
        return torch.randint(0, case.sizes[-1], (case.batch,))
    return torch.randn(case.batch, case.sizes[-1])
