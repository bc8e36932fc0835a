"""PyTorch's numbers for the small reference cases, to check the C floor against.

usage: reference.py DIR    writes CASE.in (x, y, parameters) and CASE.out (predictions, gradient, 20 losses, parameters then)
Weights are [out][in]; the 20 steps are Adam's at a rate of 1e-3.
"""
import os
import sys
import numpy
import torch
from cases import CASES, loss_of, network_of, target_of


def flat(tensors):
    return torch.cat([tensor.detach().reshape(-1) for tensor in tensors])


torch.manual_seed(0)
for name, case in CASES.items():
    if name == 'wide-b256':
        continue
    network = network_of(case)
    x, y = torch.randn(case.batch, case.sizes[0]), target_of(case)
    rows = torch.nn.functional.one_hot(y, case.sizes[-1]).float() if case.loss == 'ce' else y
    optimizer = torch.optim.Adam(network.parameters(), lr=1e-3)
    given = flat([x, rows, *network.parameters()])
    prediction, losses, gradient = network(x), [], None
    for _ in range(20):
        optimizer.zero_grad()
        loss = loss_of(case)(network(x), y)
        loss.backward()
        optimizer.step()
        losses.append(loss)
        if gradient is None:
            gradient = flat([parameter.grad for parameter in network.parameters()])
    results = flat([prediction, gradient, torch.stack(losses), *network.parameters()])
    for kind, values in ('in', given), ('out', results):
        values.numpy().astype(numpy.float32).tofile(os.path.join(sys.argv[1], f'{name}.{kind}'))
