"""Times PyTorch on one reference case: a JSON line per mode, medians of seven repeats of 50 ms or more after a warm-up.

usage: pytorch.py CASE THREADS
"""
import json
import statistics
import sys
import time
import torch
from cases import CASES, loss_of, network_of, target_of


def run(function, calls):
    start = time.perf_counter()
    for _ in range(calls):
        function()
    return time.perf_counter() - start


def measure(function):
    run(function, 3)
    calls = 1
    while (took := run(function, calls)) < 0.05:
        calls = calls * 4 if took < 0.006 else int(calls * 1.1 * 0.05 / took) + 1
    return statistics.median(run(function, calls) / calls for _ in range(7)) * 1e6


name, threads = sys.argv[1], int(sys.argv[2])
torch.set_num_threads(threads)
torch.manual_seed(0)
case = CASES[name]
network, loss = network_of(case), loss_of(case)
optimizer = torch.optim.Adam(network.parameters(), lr=1e-7)
x, y = torch.randn(case.batch, case.sizes[0]), target_of(case)


def gradient():
    optimizer.zero_grad()
    loss(network(x), y).backward()


def step():
    gradient()
    optimizer.step()


@torch.no_grad()
def inference():
    network(x)


for function in step, gradient, inference:
    line = {'case': name, 'mode': function.__name__, 'precision': 'float', 'threads': threads}
    print(json.dumps(line | {'microseconds': round(measure(function), 4)}), flush=True)
