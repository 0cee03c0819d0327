"""The published kind of training loop: one PyTorch network, float32 genotypes, Adam."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch

__all__ = ["torch_loop"]


def torch_loop(
    inputs: np.ndarray,
    phenotype: np.ndarray,
    widths: tuple[int, ...],
    batch_size: int,
    steps: int,
    *,
    fused: bool,
) -> Callable[[], float]:
    """A function that takes some steps of one network and gives the last loss.

    Args:
      inputs: float32 [N, V], encoded genotypes, in memory as the published code has
        them.
      phenotype: float32 [N].
      widths: hidden widths.
      batch_size: B.
      steps: how many steps a call takes.
      fused: whether Adam updates a parameter in one pass; torch's default does not.
    """
    torch.manual_seed(0)
    layers: list[torch.nn.Module] = []
    before = inputs.shape[1]
    for width in widths:
        dense = torch.nn.Linear(before, width, bias=False)
        layers += [dense, torch.nn.BatchNorm1d(width), torch.nn.ReLU()]
        before = width
    model = torch.nn.Sequential(*layers, torch.nn.Linear(before, 1))
    adam = torch.optim.Adam(model.parameters(), lr=1e-4, fused=fused)
    x, y = torch.from_numpy(inputs), torch.from_numpy(phenotype)
    order = np.random.default_rng(0)

    def call() -> float:
        for _ in range(steps):
            people = torch.from_numpy(order.permutation(len(inputs))[:batch_size])
            adam.zero_grad(set_to_none=True)
            loss = ((model(x[people])[:, 0] - y[people]) ** 2).mean()
            loss.backward()
            adam.step()
        return loss.item()

    return call
