"""Integrated gradients: the mean tangent along the straight path from the baseline."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import chex
import jax
import jax.numpy as jnp
import numpy as np

from gxjax.attribution.method import Attribution, register

__all__ = ["integrated_gradients", "integrated_gradients_to"]

PANEL = 16
"""Gauss-Legendre nodes of one panel of an adaptive path."""


@register(complete=True)
def integrated_gradients(
    f: Callable,
    x: jax.Array,
    *,
    baseline: jax.Array,
    key: jax.Array,
    steps: int = 64,
) -> jax.Array:
    """The mean gradient of `f` between `baseline` and `x`, by Gauss-Legendre.

    Complete in the limit; on a network with kinks, as relu makes them, a fixed number
    of steps misses by up to several per cent: look at the completeness delta, or take
    `integrated_gradients_to` a tolerance. It can not tell interacting variants apart:
    both share what the path gives them.

    Args:
      f: float [D] -> scalar.
      x: float [D].
      baseline: float [D].
      key: not used.
      steps: S, gradients taken. Bind another number by `functools.partial`.

    Returns:
      Multipliers, float [D].

    References:
      Sundararajan, Taly, Yan, "Axiomatic Attribution for Deep Networks", 2017,
      https://arxiv.org/abs/1703.01365
    """
    chex.assert_equal_shape([x, baseline])
    nodes, weights = _gauss_legendre(steps, x.dtype)
    return _mean_gradient(f, x, baseline, nodes, weights)


def integrated_gradients_to(tolerance: float, most_steps: int = 4096) -> Attribution:
    """Integrated gradients whose steps double until they are complete.

    The path is cut into panels of 16 Gauss-Legendre nodes, twice as many each time,
    until |sum(m * (x - x')) - (f(x) - f(x'))| is within `tolerance` of
    |f(x) - f(x')|, or within rounding of the larger output, or `most_steps` is
    reached: look at the completeness delta. Under `vmap` a person who is done is left
    alone, so the answer does not depend on the batch, but all wait for the last.

    Completeness of the sum does not prove every single attribution exact.

    ```
    register("ig_0.1%", complete=True)(integrated_gradients_to(1e-3))
    ```

    Args:
      tolerance: relative, for example 1e-3; > 0.
      most_steps: the last number of steps tried is 16 times a power of two, at most
        this; >= 16.

    Returns:
      A method: `(f, x, *, baseline, key) -> multipliers`.

    Raises:
      ValueError: if an argument is out of its range.
    """
    if not tolerance > 0 or most_steps < PANEL:
        raise ValueError(
            f"integrated_gradients_to: tolerance={tolerance}, most_steps={most_steps}; "
            f"expected tolerance > 0 and most_steps >= {PANEL}"
        )
    return partial(_adaptive, tolerance=tolerance, most_panels=most_steps // PANEL)


class _Attempt(NamedTuple):
    """Multipliers by `panels` panels, and whether they are complete."""

    panels: jax.Array
    multipliers: jax.Array
    done: jax.Array


def _adaptive(f, x, *, baseline, key, tolerance, most_panels) -> jax.Array:
    chex.assert_equal_shape([x, baseline])
    ends = jnp.stack([f(x), f(baseline)])
    change, largest = ends[0] - ends[1], jnp.abs(ends).max()
    rounding = 16 * jnp.finfo(x.dtype).eps * largest
    allowed = jnp.maximum(tolerance * jnp.abs(change), rounding)
    nodes, weights = _gauss_legendre(PANEL, x.dtype)

    def attempt(panels: jax.Array) -> _Attempt:
        def add(panel, total):
            inside = (nodes + panel.astype(x.dtype)) / panels
            return total + _mean_gradient(f, x, baseline, inside, weights) / panels

        total = jax.lax.fori_loop(0, panels, add, jnp.zeros_like(x))
        error = jnp.abs(jnp.sum(total * (x - baseline)) - change)
        return _Attempt(panels, total, error <= allowed)

    def unfinished(last: _Attempt) -> jax.Array:
        return ~last.done & (2 * last.panels <= most_panels)

    first = attempt(jnp.int32(1))
    return jax.lax.while_loop(
        unfinished, lambda last: attempt(2 * last.panels), first
    ).multipliers


def _mean_gradient(f, x, baseline, nodes, weights) -> jax.Array:
    def tangent(node: jax.Array) -> jax.Array:
        return jax.grad(f)(baseline + node * (x - baseline))

    return weights @ jax.vmap(tangent)(nodes)


def _gauss_legendre(steps: int, dtype) -> tuple[jax.Array, jax.Array]:
    """Nodes and weights on [0, 1]."""
    points, weights = np.polynomial.legendre.leggauss(steps)
    return jnp.asarray((points + 1) / 2, dtype), jnp.asarray(weights / 2, dtype)
