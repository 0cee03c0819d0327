"""What a method found for a person in H dimensions, and the product that carries it."""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp

__all__ = ["Draws", "product"]


class Draws(NamedTuple):
    """What a method found for one person, in H dimensions.

    Attributes:
      multipliers: float [K, R, H], of K noise draws and R baselines.
      rows: int32 [K, R], the baseline of each.
      halves: float [K, R, H], half of what a unit's rise counts more than its fall;
        of a method with `parts`, whose multipliers are then the mean of both. Its
        variants get W m + sign(x - x') |W| halves.
    """

    multipliers: jax.Array
    rows: jax.Array
    halves: jax.Array | None = None


def product(a: jax.Array, b: jax.Array) -> jax.Array:
    """Matrix product at highest precision: a V-wide sum of small terms needs it."""
    return jnp.matmul(a, b, precision=jax.lax.Precision.HIGHEST)
