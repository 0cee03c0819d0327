"""Sums over people: absolute, signed, square; by stratum; without drift."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import jax
import jax.numpy as jnp

from gxjax.attribution.draws import product

__all__ = ["REDUCTIONS", "compensated", "reduce_people", "sum_of_grams"]

REDUCTIONS: dict[str, Callable[[jax.Array], jax.Array]] = {
    "mean_absolute": jnp.abs,
    "mean_signed": lambda attribution: attribution,
    "mean_square": jnp.square,
}
"""What is averaged over people."""


def reduce_people(
    names: Sequence[str], estimate: jax.Array, weights: jax.Array
) -> jax.Array:
    """Sums [L, G, T] of estimates [B, T], weighted by the strata [B, G]."""
    # A product: XLA sums a leading axis column by column, with a stride.
    return jnp.stack([product(weights.T, REDUCTIONS[name](estimate)) for name in names])


def sum_of_grams(
    multipliers: Sequence[jax.Array], like: jax.Array, weights: jax.Array
) -> jax.Array:
    """Sums over people, means over draws, of m m^T; [Q, G, H, H].

    Args:
      multipliers: Q of float [B, K, R, H].
      like: float [B, H], for shape and type where Q is 0.
      weights: float [B, G].
    """
    hidden = like.shape[-1]
    parts = [jnp.zeros((0, weights.shape[1], hidden, hidden), like.dtype)]
    for each in multipliers:
        rows = each.mean(2)
        scaled = rows[None] * weights.T[:, :, None, None] / rows.shape[1]
        gram = jnp.einsum("gbkh,bkj->ghj", scaled, rows, precision="highest")
        parts.append(gram[None])
    return jnp.concatenate(parts)


def compensated(sums: jax.Array, addition: jax.Array, index: jax.Array) -> jax.Array:
    """Kahan's sum at one member, so that totals do not drift with the blocks."""
    if not addition.size:
        return sums
    total, lost = sums[0, 0, index], sums[1, 0, index]
    addition = addition - lost
    updated = total + addition
    pair = jnp.stack([updated, (updated - total) - addition])
    return sums.at[:, 0, index].set(pair)
