"""What a network can see of a dosage: one definition for training and attribution."""

from __future__ import annotations

import jax
import jax.numpy as jnp

from gxjax.types import Channels

__all__ = ["CHANNELS", "DOSAGE", "INDICATORS", "channel_values", "expand"]


def _dosage(x: jax.Array) -> jax.Array:
    return x


def _carrier(x: jax.Array) -> jax.Array:
    return jnp.minimum(x, 1)


def _homozygote(x: jax.Array) -> jax.Array:
    return jnp.maximum(x - 1, 0)


DOSAGE = Channels((_dosage,))
"""The dosage itself."""

INDICATORS = Channels((_dosage, _carrier, _homozygote))
"""x, 1[x >= 1] and 1[x = 2] of a hard call; linear between calls, so that an imputed or
mean dosage has a meaning too: x, min(x, 1), max(x - 1, 0)."""

CHANNELS = {"dosage": DOSAGE, "indicators": INDICATORS}
"""Channels by the name that a model and its file give them."""


def channel_values(channels: Channels, dosages: jax.Array) -> list[jax.Array]:
    """L arrays, each of the shape of the dosages."""
    return [function(dosages) for function in channels.functions]


def expand(channels: Channels, dosages: jax.Array) -> jax.Array:
    """Dosages [.., T] as inputs [.., T L], those of a variant beside each other."""
    values = jnp.stack(channel_values(channels, dosages), axis=-1)
    return values.reshape(*dosages.shape[:-1], -1)
