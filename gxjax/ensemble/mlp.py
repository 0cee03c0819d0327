"""The multilayer perceptron, in two halves: a linear front and the head behind it."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection
from typing import Any

import flax.linen as nn
import jax
import jax.numpy as jnp

from gxjax.channels import CHANNELS

__all__ = ["ACTIVATIONS", "MLP", "NORMS"]

ACTIVATIONS = {
    "relu": jax.nn.relu,
    "leaky_relu": jax.nn.leaky_relu,
    "elu": jax.nn.elu,
    "gelu": jax.nn.gelu,
    "silu": jax.nn.silu,
}

NORMS = ("batch", "layer", "none")
"""What a hidden layer's pre-activations are normalised over."""


class MLP(nn.Module):
    """Dense -> norm -> activation -> dropout, repeated; then the outputs.

    The published network is `MLP((1000, 200, 50), momentum=0.1)`, but for the start:
    weights here are normal draws of variance 1 / inputs (LeCun), torch's default has a
    third of that. Where a column taught nothing its start is what attribution sees. A
    Dense layer before a batch norm has no bias, which the norm would subtract again.

    The linear path of a `wide` network (Cheng et al.) is further columns of the first
    product, which the head adds to the outputs: training and attribution still have one
    product over all variants. It starts at 0. Without hidden layers, `MLP(())`, there
    is nothing else: the linear model, or ridge with weight decay. Its members differ by
    the people whom they saw alone: with shared batches they are one network M times.

    Sources: Reynolds & Pan (2025), PLOS Computational Biology 21(12): e1013784,
    https://doi.org/10.1371/journal.pcbi.1013784. Cheng et al. (2016), "Wide & Deep
    Learning for Recommender Systems", https://doi.org/10.1145/2988450.2988454. Ba,
    Kiros & Hinton (2016), "Layer Normalization",
    https://doi.org/10.48550/arXiv.1607.06450.

    Attributes:
      widths: hidden widths, first layer first; none for the linear model.
      activation: a key of `ACTIVATIONS`.
      dropout: probability of dropping a hidden unit, 0 for none.
      norm: of hidden layers, one of `NORMS`. A layer norm is over the units of one
        person, so nothing of other people enters a prediction.
      momentum: the weight of the OLD running statistics of a batch norm (Flax's
        meaning; torch's is 1 minus it). The published networks have 0.1, so theirs are
        nearly those of the last batch.
      dtype: compute type of the matrix products; parameters stay float32.
      outputs: P, how many phenotypes are predicted at once.
      wide: whether a linear path leads from the inputs straight to the outputs.
      channels: what the network sees of a dosage, a key of `gxjax.channels.CHANNELS`;
        with L channels a variant has L adjacent inputs.
      front_product: computes the first layer's product, called as `lax.dot_general`
        is; None for that itself. How it is computed, not what: no part of equality,
        and not saved.

    Raises:
      ValueError: a field is none of what it may be.
    """

    widths: tuple[int, ...] = (1000, 200, 50)
    activation: str = "relu"
    dropout: float = 0.0
    norm: str = "batch"
    momentum: float = 0.9
    dtype: Any = jnp.float32
    outputs: int = 1
    wide: bool = False
    channels: str = "dosage"
    front_product: Any = dataclasses.field(default=None, compare=False)

    def __post_init__(self) -> None:
        _check_choice("activation", self.activation, ACTIVATIONS)
        _check_choice("norm", self.norm, NORMS)
        _check_choice("channels", self.channels, CHANNELS)
        if any(width < 1 for width in self.widths):
            raise ValueError(f"widths: found {self.widths}; expected 1 or more units")
        if self.outputs < 1:
            raise ValueError(f"outputs: found {self.outputs}; expected 1 or more")
        if not 0 <= self.dropout < 1:
            raise ValueError(f"dropout: found {self.dropout}; expected 0 <= p < 1")
        super().__post_init__()

    @property
    def linear_columns(self) -> int:
        """How many columns of the first product lead straight to the outputs."""
        return self.outputs if self.wide or not self.widths else 0

    def setup(self) -> None:
        # A batch norm subtracts a bias before it.
        biased = self.norm != "batch" and bool(self.widths)
        first = self.widths[0] if self.widths else 0
        self.front = nn.Dense(
            first + self.linear_columns,
            use_bias=biased,
            dtype=self.dtype,
            kernel_init=_zero_from(first),
            dot_general=self.front_product,
        )
        self.hidden = [
            nn.Dense(width, use_bias=biased, dtype=self.dtype)
            for width in self.widths[1:]
        ]
        if self.widths:
            # The front's bias of the linear columns is the outputs' own.
            use_bias = not (biased and self.wide)
            self.output = nn.Dense(self.outputs, use_bias=use_bias, dtype=self.dtype)
        else:
            self.output_bias = self.param(
                "output_bias", nn.initializers.zeros, (self.outputs,), jnp.float32
            )
        self.norms = [self._new_norm() for _ in self.widths if self.norm != "none"]
        self.dropouts = [nn.Dropout(self.dropout) for _ in self.widths]

    def _new_norm(self) -> nn.Module:
        # Running statistics are what attribution sees: exact, not the fast form.
        if self.norm == "layer":
            return nn.LayerNorm(use_fast_variance=False)
        return nn.BatchNorm(momentum=self.momentum, use_fast_variance=False)

    def front_parameters(self, variables: Any) -> tuple[jax.Array, jax.Array]:
        """Weights [D, H] and bias [H] of the first layer, as `FrontedModel` wants.

        The last `linear_columns` of H lead straight to the outputs.
        """
        front = variables["params"]["front"]
        kernel = front["kernel"]
        return kernel, front.get("bias", jnp.zeros(kernel.shape[1], kernel.dtype))

    def __call__(self, x: jax.Array, *, train: bool = False) -> jax.Array:
        """Maps encoded inputs [B, L V] to predictions float32 [B], [B, P] if P > 1."""
        return self.head(self.front(x), train=train)

    def head(self, h: jax.Array, *, train: bool = False) -> jax.Array:
        """Maps what the first layer gives, [B, H], to predictions float32 as above."""
        if not self.widths:
            y = h.astype(jnp.float32) + self.output_bias[None, :]
        elif self.wide:
            y = self._deep(h[:, : self.widths[0]], train)
            y = y + h[:, self.widths[0] :].astype(jnp.float32)
        else:
            y = self._deep(h, train)
        return y[:, 0] if self.outputs == 1 else y

    def _deep(self, h: jax.Array, train: bool) -> jax.Array:
        """The path through the hidden layers: [B, first width] to float32 [B, P]."""
        for layer in range(len(self.widths)):
            if layer:
                h = self.hidden[layer - 1](h)
            h = h.astype(jnp.float32)
            if self.norm == "batch":
                h = self.norms[layer](h, use_running_average=not train)
            elif self.norm == "layer":
                h = self.norms[layer](h)
            h = ACTIVATIONS[self.activation](h)
            h = self.dropouts[layer](h, deterministic=not train)
        return self.output(h).astype(jnp.float32)


def _check_choice(name: str, found: Any, choices: Collection[str]) -> None:
    if found not in choices:
        raise ValueError(f"{name}: found {found!r}; expected one of {list(choices)}")


def _zero_from(first: int) -> Any:
    """LeCun's start for columns before `first`, the same as without more; then 0."""
    lecun = nn.initializers.lecun_normal()

    def init(key: jax.Array, shape: tuple[int, ...], dtype: Any = jnp.float32) -> Any:
        zeros = jnp.zeros((shape[0], shape[1] - first), dtype)
        if not first:
            return zeros
        drawn = lecun(key, (shape[0], first), dtype)
        return jnp.concatenate([drawn, zeros], axis=1) if zeros.size else drawn

    return init
