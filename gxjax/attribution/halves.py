"""Rises and falls apart: the linear front of a method with `Method.parts`."""

from __future__ import annotations

from collections.abc import Callable

import jax
import jax.numpy as jnp

from gxjax.attribution.draws import Draws, product

__all__ = ["draw_halves", "signed_halves"]


def signed_halves(times_input: bool, kernel, draws: Draws, x, baseline) -> jax.Array:
    """Attributions [B, T] of a method with `parts`, by its first draw; mean over rows.

    `x` is what that draw was made at: with its noise, if it has any.
    """
    assert draws.halves is not None
    total = jnp.zeros((), x.dtype)
    count = draws.rows.shape[2]
    for row in range(count):
        change = x - baseline[draws.rows[:, 0, row]]
        mean = product(draws.multipliers[:, 0, row], kernel.T)
        half = product(draws.halves[:, 0, row], jnp.abs(kernel).T)
        part = change * mean + jnp.abs(change) * half
        total = total + (part if times_input else mean + jnp.sign(change) * half)
    return total / count


def draw_halves(
    rule: Callable, head: Callable, h: jax.Array, ends: jax.Array, absolute: jax.Array
) -> Draws:
    """Runs the rule of a method with `parts` on the head of one person, K times.

    Args:
      rule: `Method.parts`.
      head: float [H] -> scalar.
      h: float [K, H], at each draw of noise; K = 1 without noise.
      ends: float [R, H], activations of the baselines.
      absolute: float [K, R, H], |x - x'| |W|: with it, what raised and what lowered a
        unit are ((h - h') +- absolute) / 2.
    """

    def one(h, end, size):
        rise, fall = (h - end + size) / 2, (h - end - size) / 2
        return rule(head, h, end, jnp.maximum(rise, 0), jnp.minimum(fall, 0))

    over_rows = jax.vmap(one, (None, 0, 0))
    with jax.default_matmul_precision("highest"):
        rising, falling = jax.vmap(over_rows, (0, None, 0))(h, ends, absolute)
    rows = jnp.broadcast_to(jnp.arange(len(ends), dtype=jnp.int32), rising.shape[:2])
    return Draws((rising + falling) / 2, rows, (rising - falling) / 2)
