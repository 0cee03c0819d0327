"""Input x gradient: saliency's multipliers, times how far the input is from x'."""

from __future__ import annotations

from collections.abc import Callable

import chex
import jax

from gxjax.attribution.method import register

__all__ = ["input_x_gradient"]


@register(uses_baseline=False)
def input_x_gradient(
    f: Callable, x: jax.Array, *, baseline: jax.Array, key: jax.Array
) -> jax.Array:
    """The gradient of `f` at `x`, for attributions (x - x') grad f(x).

    With a baseline of zeros, and only then, this is x * grad f(x) as published; another
    baseline moves the zero, as for every other method. It is the first-order Taylor
    term, complete for linear functions only: it can not tell how far a saturated unit
    moved on the way.

    Args:
      f: float [D] -> scalar.
      x: float [D].
      baseline: float [D]; the multipliers do not depend on it.
      key: not used.

    Returns:
      Multipliers, float [D].

    References:
      Shrikumar, Greenside, Shcherbina, Kundaje, "Not Just a Black Box: Learning
      Important Features Through Propagating Activation Differences", 2016,
      https://arxiv.org/abs/1605.01713
    """
    chex.assert_equal_shape([x, baseline])
    return jax.grad(f)(x)
