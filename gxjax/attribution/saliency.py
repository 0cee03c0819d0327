"""Saliency: the tangent at the input."""

from __future__ import annotations

from collections.abc import Callable

import chex
import jax

from gxjax.attribution.method import register

__all__ = ["saliency"]


@register(times_input=False, uses_baseline=False)
def saliency(
    f: Callable, x: jax.Array, *, baseline: jax.Array, key: jax.Array
) -> jax.Array:
    """The gradient of `f` at `x`, signed.

    It is local: it can not tell how much of f(x) - f(x') a variant accounts for, and
    says nothing of a variant whose effect is flat at this genotype, as a recessive one
    is in a carrier.

    Args:
      f: float [D] -> scalar.
      x: float [D].
      baseline: float [D], not used.
      key: not used.

    Returns:
      Multipliers, float [D].

    References:
      Simonyan, Vedaldi, Zisserman, "Deep Inside Convolutional Networks", 2013,
      https://arxiv.org/abs/1312.6034
    """
    chex.assert_equal_shape([x, baseline])
    return jax.grad(f)(x)
