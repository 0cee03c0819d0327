"""DeepLIFT, rescale rule: the secant between the baseline and the input, transposed."""

from __future__ import annotations

from collections.abc import Callable

import chex
import jax
import jax.numpy as jnp

from gxjax.attribution.method import register
from gxjax.attribution.secant import secant

__all__ = ["deeplift"]


@register(complete=True)
def deeplift(
    f: Callable, x: jax.Array, *, baseline: jax.Array, key: jax.Array
) -> jax.Array:
    """The multipliers of the chained secants of `f` between `baseline` and `x`.

    Complete to rounding for any function that `secant` can read. It sees the two ends
    only: effects that cancel within one activation share the blame as their
    pre-activations do: of min(2, 1), written with relu, all goes to one input.

    Args:
      f: float [D] -> scalar.
      x: float [D].
      baseline: float [D].
      key: not used.

    Returns:
      Multipliers, float [D].

    Raises:
      UnknownPrimitiveError: see `secant`.

    References:
      Shrikumar, Greenside, Kundaje, "Learning Important Features Through Propagating
      Activation Differences", 2017, https://arxiv.org/abs/1704.02685
    """
    chex.assert_equal_shape([x, baseline])
    y, _, slopes = secant(f, x, baseline)
    chex.assert_shape(y, ())
    [multipliers] = jax.linear_transpose(slopes, x)(jnp.ones_like(y))
    return multipliers
