"""The step of training_step.rs in PyTorch eager, its own differentiation and plain SGD."""

import time

import torch

depth, width, inputs, batch, repeats = 50, 400, 784, 250, 15
widths = [inputs] + [width] * depth
weights = [torch.randn(up, down) * (2.312 / down) ** 0.5 for down, up in zip(widths, widths[1:])]
ups = [torch.randn(up) * 0.211**0.5 for up in widths[1:]]
downs = [torch.zeros(down) for down in widths[:-1]]
parameters = weights + ups + downs
for parameter in parameters:
    parameter.requires_grad_(True)
optimiser = torch.optim.SGD(parameters, lr=1e-6)
x = torch.rand(batch, inputs) * 2 - 1
norms = x.square().sum(1)


def step():
    optimiser.zero_grad()
    h = x
    for index, (weight, bias) in enumerate(zip(weights, ups)):
        h = torch.nn.functional.linear(h, weight, bias)
        h = torch.relu(h) if index == depth - 1 else torch.tanh(h)
    for weight, bias in zip(reversed(weights), reversed(downs)):
        h = torch.tanh(torch.addmm(bias, h, weight))
    loss = ((x - h).square().sum(1) / norms).mean()
    loss.backward()
    optimiser.step()


times = []
for _ in range(repeats):
    start = time.perf_counter()
    step()
    times.append(time.perf_counter() - start)
times.sort()
print(f"training step, PyTorch:    median {times[repeats // 2]:.4f} s, best {times[0]:.4f} s")
