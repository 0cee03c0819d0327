"""The multilayer perceptron, in two halves: a linear front and the head behind it."""

from __future__ import annotations

from typing import Any

import flax.linen as nn
import jax
import jax.numpy as jnp

__all__ = ["ACTIVATIONS", "MLP"]

ACTIVATIONS = {
    "relu": jax.nn.relu,
    "leaky_relu": jax.nn.leaky_relu,
    "elu": jax.nn.elu,
    "gelu": jax.nn.gelu,
    "silu": jax.nn.silu,
}


class MLP(nn.Module):
    """Dense -> batch norm -> activation -> dropout, repeated; then one output.

    The published network is `MLP((1000, 200, 50), momentum=0.1)`, but for the start:
    weights here are normal draws of variance 1 / inputs (LeCun), torch's default has a
    third of that. Where a column taught nothing its start is what attribution sees. A
    Dense layer before a batch norm has no bias, which the norm would subtract again.

    Source: Reynolds & Pan (2025), PLOS Computational Biology 21(12): e1013784,
    https://doi.org/10.1371/journal.pcbi.1013784.

    Attributes:
      widths: hidden widths, first layer first.
      activation: a key of `ACTIVATIONS`.
      dropout: probability of dropping a hidden unit, 0 for none.
      batch_norm: whether hidden layers are batch-normalised.
      momentum: the weight of the OLD running statistics (Flax's meaning; torch's is 1
        minus it). The published networks have 0.1, so theirs are nearly those of the
        last batch.
      dtype: compute type of the matrix products; parameters stay float32.
    """

    widths: tuple[int, ...] = (1000, 200, 50)
    activation: str = "relu"
    dropout: float = 0.0
    batch_norm: bool = True
    momentum: float = 0.9
    dtype: Any = jnp.float32

    def setup(self) -> None:
        def dense(width: int) -> nn.Dense:
            return nn.Dense(width, use_bias=not self.batch_norm, dtype=self.dtype)

        self.front = dense(self.widths[0])
        self.hidden = [dense(width) for width in self.widths[1:]]
        self.output = nn.Dense(1, dtype=self.dtype)
        if self.batch_norm:
            # Running statistics are what attribution sees: exact, not the fast form.
            self.norms = [
                nn.BatchNorm(momentum=self.momentum, use_fast_variance=False)
                for _ in self.widths
            ]
        self.dropouts = [nn.Dropout(self.dropout) for _ in self.widths]

    def front_parameters(self, variables: Any) -> tuple[jax.Array, jax.Array]:
        """Weights [D, H] and bias [H] of the first layer, as `FrontedModel` wants."""
        front = variables["params"]["front"]
        kernel = front["kernel"]
        return kernel, front.get("bias", jnp.zeros(kernel.shape[1], kernel.dtype))

    def __call__(self, x: jax.Array, *, train: bool = False) -> jax.Array:
        """Maps encoded dosages [B, V] to predictions float32 [B]."""
        return self.head(self.front(x), train=train)

    def head(self, h: jax.Array, *, train: bool = False) -> jax.Array:
        """Maps first-layer pre-activations [B, H] to predictions float32 [B]."""
        for layer in range(len(self.widths)):
            if layer:
                h = self.hidden[layer - 1](h)
            h = h.astype(jnp.float32)
            if self.batch_norm:
                h = self.norms[layer](h, use_running_average=not train)
            h = ACTIVATIONS[self.activation](h)
            h = self.dropouts[layer](h, deterministic=not train)
        return self.output(h)[:, 0].astype(jnp.float32)
