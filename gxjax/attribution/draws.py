"""What a method found for a person in H dimensions, and the product that carries it."""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp

__all__ = ["Draws", "merge", "product"]


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


def merge(draws: Draws, key: jax.Array) -> Draws:
    """The K draws of a person as one, under random signs.

    (w . sum_k r_k m_k / sqrt(K))^2 has the expectation of mean_k (w . m_k)^2 over signs
    r_k, whatever w is: one product instead of K, and a noisier answer. For mean squares
    only, and where the rows of the baseline are the same in every draw.

    Args:
      draws: of one person.
      key: the person's.

    Returns:
      `Draws` with K = 1.
    """
    count = len(draws.multipliers)
    signs = jax.random.rademacher(key, (count,), draws.multipliers.dtype)
    merged = jnp.tensordot(signs, draws.multipliers, 1, precision="highest")
    return Draws(merged[None] / count**0.5, draws.rows[:1])
