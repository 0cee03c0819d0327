"""Splits a trained ensemble behind its first product, per dosage."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp

from gxjax.types import Ensemble, LinearFront

__all__ = ["linear_front"]


def linear_front(ensemble: Ensemble) -> LinearFront:
    """The ensemble as `head(x @ kernel + bias)` of dosages x, the encoding folded in.

    The network saw (x - mean) * scale, so kernel is `scale * W` and bias is
    `b - (mean * scale) @ W`: attributions are per dosage, of the very network that was
    trained. The head runs in float32 whatever type the training computed in.

    Returns:
      `LinearFront` with kernel float32 [M, V, H] and bias float32 [M, H].
    """
    model = ensemble.model.clone(dtype=jnp.float32)
    parameters = dict(ensemble.parameters)
    front = parameters.pop("front")
    scale = jnp.asarray(ensemble.encoding.scale)
    centre = jnp.asarray(ensemble.encoding.mean) * scale
    kernel = jnp.asarray(front["kernel"])
    bias = -jnp.einsum("v,mvh->mh", centre, kernel, precision="highest")
    bias = bias + front.get("bias", jnp.zeros((1, 1)))

    def head(tail: Any, h: jax.Array) -> jax.Array:
        return model.apply(tail, h[None], train=False, method="head")[0]

    tail = {"params": parameters, **ensemble.statistics}
    return LinearFront(kernel * scale[None, :, None], bias, head, tail)
