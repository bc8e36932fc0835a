"""The reference cases of cases.json in PyTorch."""
import json
import os
from types import SimpleNamespace
import torch
from torch import nn

with open(os.path.join(os.path.dirname(__file__), 'cases.json'), encoding='utf-8') as file:
    CASES = {name: SimpleNamespace(**case) for name, case in json.load(file).items()}


def network_of(case):
    """Dense and activation in turn; the cross-entropy takes logits."""
    layers = []
    for inputs, outputs in zip(case.sizes, case.sizes[1:]):
        layers += [nn.Linear(inputs, outputs), {'relu': nn.ReLU, 'tanh': nn.Tanh}[case.activation]()]
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
