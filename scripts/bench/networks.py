"""The random networks and people that the benchmark scripts share; no torch in here."""

from __future__ import annotations

from functools import partial
from typing import Any

import flax.linen as nn
import jax
import jax.numpy as jnp
import numpy as np

from gxjax.attribution import METHODS, Method, integrated_gradients
from gxjax.genotypes.packed import gather_codes, packed_width
from gxjax.types import MISSING, DosageSource, LinearFront

__all__ = [
    "COLUMNS",
    "DRAWS",
    "STEPS",
    "column_name",
    "random_baseline",
    "random_front",
    "random_kernel",
    "random_people",
    "with_steps",
]

PLAIN = ("saliency", "integrated_gradients", "deeplift", "gradient_shap")
COLUMNS = [
    (method, noise) for noise in ("none", "smoothgrad_squared") for method in PLAIN
]
"""The eight published score columns."""

STEPS, DRAWS = 50, 5
"""Nodes of integrated gradients; draws of SmoothGrad and of GradientSHAP."""


def column_name(column: tuple[str, str]) -> str:
    """The key of a column in a table of results."""
    return "+".join(column)


def with_steps(steps: int) -> dict[str, Method]:
    """`METHODS` with another number of steps of integrated gradients."""
    function = partial(integrated_gradients, steps=steps)
    name = "integrated_gradients"
    return METHODS | {name: METHODS[name]._replace(function=function)}


class Tail(nn.Module):
    """What follows the first product: batch norm in inference, relu, Dense, ..."""

    widths: tuple[int, ...]

    @nn.compact
    def __call__(self, h: jax.Array) -> jax.Array:
        for width in (*self.widths[1:], 1):
            h = nn.BatchNorm(use_running_average=True)(h)
            h = nn.Dense(width)(nn.relu(h))
        return h[0]


def apply_tail(tail: Tail, variables: Any, h: jax.Array) -> jax.Array:
    """The output of one member for activations h [H]."""
    return jnp.asarray(tail.apply(variables, h))


def random_kernel(seed: int, shape: tuple[int, int, int]) -> np.ndarray:
    """float32 [M, V, H], each row small; made in place, one member at a time."""
    draw, kernel = np.random.default_rng(seed), np.empty(shape, np.float32)
    for member in kernel:
        draw.standard_normal(dtype=np.float32, out=member)
        member /= np.sqrt(shape[1], dtype=np.float32)
    return kernel


def random_front(kernel: Any, widths: tuple[int, ...]) -> LinearFront:
    """M random networks behind `kernel` [M, V, H], with biases and batch norms.

    Statistics of the batch norms are far from 0 and 1, the biases from 0.
    """
    tail, members = Tail(widths), kernel.shape[0]

    def one(key: jax.Array) -> tuple[jax.Array, Any]:
        first, second, third = jax.random.split(key, 3)
        variables = tail.init(first, jnp.zeros(widths[0]))
        leaves = jax.tree.leaves(variables)
        keys = jax.random.split(second, len(leaves))
        moved = [
            leaf + 0.2 * jnp.abs(jax.random.normal(child, leaf.shape))
            for leaf, child in zip(leaves, keys, strict=True)
        ]
        bias = 0.1 * jax.random.normal(third, (widths[0],))
        return bias, jax.tree.unflatten(jax.tree.structure(variables), moved)

    bias, variables = jax.vmap(one)(jax.random.split(jax.random.key(0), members))
    return LinearFront(jnp.asarray(kernel), bias, partial(apply_tail, tail), variables)


def random_people(key: jax.Array, people: int, variants: int) -> DosageSource:
    """Packed genotypes of N people, made on the device; one call in 16 is missing."""
    first, second = jax.random.split(key)
    shape = (people, packed_width(variants))
    packed = jax.random.bits(first, shape, jnp.uint8)
    packed = packed & jax.random.bits(second, shape, jnp.uint8)
    rows = jnp.arange(people, dtype=jnp.int32)
    return DosageSource((packed, rows), partial(fetch, variants=variants))


def fetch(arrays: Any, people: jax.Array, *, variants: int) -> jax.Array:
    """Dosages float32 [B, V]; missing calls count as 1."""
    codes = gather_codes((arrays,), (variants,), people)
    return jnp.where(codes == MISSING, 1, codes).astype(jnp.float32)


def random_baseline(seed: int, variants: int) -> np.ndarray:
    """float32 [1, V], dosages between 0 and 2, so that no one equals it."""
    draw = np.random.default_rng(seed)
    return draw.uniform(0, 2, (1, variants)).astype(np.float32)
