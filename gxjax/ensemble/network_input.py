"""How dosages become the input of a network that may see several channels of each."""

from __future__ import annotations

from typing import Any

import chex
import jax
import jax.numpy as jnp
import numpy as np

from gxjax.channels import CHANNELS, expand
from gxjax.cohort.encoding import VARIANCE_FLOOR
from gxjax.types import Encoding

__all__ = ["encode_dosages", "fit_input_encoding", "inputs_per_variant"]

_DOSAGES = np.arange(3.0)


def inputs_per_variant(channels: str) -> int:
    """L, how many numbers of a dosage a network with these channels sees.

    Raises:
      ValueError: `channels` is no key of `gxjax.channels.CHANNELS`.
    """
    if channels not in CHANNELS:
        raise ValueError(f"channels: found {channels!r}; expected {sorted(CHANNELS)}")
    return len(CHANNELS[channels].functions)


def fit_input_encoding(
    channels: str, encoding: Encoding, counts: np.ndarray
) -> Encoding:
    """The encoding of every channel of every variant, from TRAIN people only.

    The dosage keeps the mean and scale that it has. Any other channel is centred on its
    mean over TRAIN calls and scaled by 1 / its standard deviation there: the variance
    of an indicator is k (1 - k) whatever its share k, without any assumption of
    Hardy-Weinberg proportions. So a rare one takes large values: that of 1 homozygote
    in 10,000 people enters as 100. The indicators sum to the dosage, so a network's
    weights for the three are not unique, and only what they add up to has a meaning.

    Args:
      channels: a key of `gxjax.channels.CHANNELS`.
      encoding: `Encoding` of the V dosages.
      counts: int64 [V, 4], TRAIN people with hard call 0, 1, 2 and missing; the other
        channels of dosages are centred and scaled as those of the hard calls.

    Returns:
      `Encoding` with mean and scale float32 [L V], those of a variant beside each
      other, and the fill [V] that it was given: a missing call is filled as a dosage,
      and then seen as channels. The scale is 0 where TRAIN has one value of a channel.

    Raises:
      ValueError: no such channels, or counts that are not of these variants.
    """
    inputs_per_variant(channels)
    variants = len(encoding.fill)
    if np.shape(counts) != (variants, 4):
        raise ValueError(
            f"counts: found shape {np.shape(counts)}, expected ({variants}, 4), one "
            "row per variant of the encoding"
        )
    if channels == "dosage":
        return encoding
    called = np.asarray(counts, np.float64)[:, :3]
    share = called / np.maximum(called.sum(axis=1, keepdims=True), 1)
    mean, scale = [encoding.mean], [encoding.scale]
    for function in CHANNELS[channels].functions[1:]:
        values = np.asarray(function(_DOSAGES), np.float64)
        centre = share @ values
        variance = (share * (values[None] - centre[:, None]) ** 2).sum(axis=1)
        # What the dosage's own channel does not show, no other channel may.
        constant = _is_constant(called > 0, values) | (encoding.scale == 0)
        mean.append(centre)
        floored = np.maximum(variance, VARIANCE_FLOOR)
        scale.append(np.where(constant, 0, 1 / np.sqrt(floored)))
    return Encoding(_beside(mean), _beside(scale), encoding.fill)


def _beside(channels: list[np.ndarray]) -> np.ndarray:
    """L arrays [V] as float32 [L V], those of a variant beside each other."""
    return np.stack(channels, axis=-1).reshape(-1).astype(np.float32)


def _is_constant(seen: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Whether the dosages that are `seen` [V, 3] have one of the `values` [3] or none.

    Of the calls, not of a variance: that of equal values is not always exactly 0.
    """
    highest = np.where(seen, values[None], -np.inf).max(axis=1)
    lowest = np.where(seen, values[None], np.inf).min(axis=1)
    return highest <= lowest


def encode_dosages(
    channels: str, dosages: Any, encoding: Encoding, dtype: Any = jnp.float32
) -> jax.Array:
    """The network's input: `(phi_c(dosage) - mean) * scale`, L numbers a dosage.

    Args:
      channels: a key of `gxjax.channels.CHANNELS`.
      dosages: float32 [B, V], missing calls filled, copies of A1.
      encoding: of `fit_input_encoding`; only mean and scale [L V] are used.
      dtype: of the result; the arithmetic is float32 whatever it is.

    Returns:
      dtype [B, L V], without a unit.
    """
    chex.assert_rank([dosages, encoding.mean, encoding.scale], [2, 1, 1])
    inputs = expand(CHANNELS[channels], jnp.asarray(dosages, jnp.float32))
    chex.assert_equal(inputs.shape[1], encoding.mean.shape[0])
    mean, scale = jnp.asarray(encoding.mean), jnp.asarray(encoding.scale)
    return ((inputs - mean[None, :]) * scale[None, :]).astype(dtype)
