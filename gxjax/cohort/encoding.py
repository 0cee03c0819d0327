"""Encoding: how a 2-bit code becomes a network's input, fitted on TRAIN people only."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import chex
import jax
import jax.numpy as jnp
import numpy as np

from gxjax.types import MISSING, Encoding

__all__ = ["concatenate", "dosages", "encode", "fit_encoding", "modes"]

VARIANCE_FLOOR = 1e-6
IMPUTATIONS = ("mean", "mode", "zero")


def modes(counts: np.ndarray) -> np.ndarray:
    """The commonest called dosage of each variant.

    Args:
      counts: int64 [V, 4], people with code 0, 1, 2 and missing.

    Returns:
      float32 [V]; the smaller dosage where two are equally common, 0 where no call is.
    """
    chex.assert_shape(counts, (None, 4))
    return np.asarray(counts)[:, :3].argmax(axis=1).astype(np.float32)


def fit_encoding(
    counts: np.ndarray, impute: Literal["mean", "mode", "zero"] = "mean"
) -> Encoding:
    """Centres on 2p and scales by 1 / sqrt(2p(1 - p)), p the A1 frequency of TRAIN.

    The scale is the one that Hardy-Weinberg proportions give, not the sample's standard
    deviation: an encoded column has unit variance only where genotypes are in HWE.

    Args:
      counts: int64 [V, 4], TRAIN people with code 0, 1, 2 and missing.
      impute: the dosage that stands for a missing call: "mean" (2p), "mode" (the
        commonest dosage) or "zero".

    Returns:
      `Encoding` of V variants. The scale is 0 where TRAIN has a single value or none,
      and 2p(1 - p) is floored at 1e-6 elsewhere.

    Raises:
      ValueError: `impute` is none of the three.
    """
    chex.assert_shape(counts, (None, 4))
    if impute not in IMPUTATIONS:
        raise ValueError(f"impute is {impute!r}; expected one of {IMPUTATIONS}")
    called = np.asarray(counts, np.float64)[:, :3]
    people = called.sum(axis=1)
    mean = (called @ np.arange(3.0)) / np.maximum(people, 1)
    variance = np.maximum(mean * (1 - mean / 2), VARIANCE_FLOOR)
    varies = (called > 0).sum(axis=1) > 1
    fill = {"mean": mean, "mode": modes(counts), "zero": np.zeros_like(mean)}[impute]
    return Encoding(
        mean.astype(np.float32),
        np.where(varies, 1 / np.sqrt(variance), 0).astype(np.float32),
        fill.astype(np.float32),
    )


def concatenate(encodings: Sequence[Encoding]) -> Encoding:
    """The encoding of adjacent blocks of columns, in the order given."""
    return Encoding(*(np.concatenate(part) for part in zip(*encodings, strict=True)))


def dosages(codes: Any, fill: Any) -> jax.Array:
    """Dosages of A1, a missing call replaced by its variant's fill.

    Args:
      codes: uint8 [B, V], dosage or 3 = missing.
      fill: float32 [V], dosage.

    Returns:
      float32 [B, V], copies of A1.
    """
    chex.assert_rank([codes, fill], [2, 1])
    chex.assert_equal(codes.shape[1], fill.shape[0])
    return jnp.where(
        codes == MISSING, jnp.asarray(fill)[None, :], jnp.asarray(codes, jnp.float32)
    )


def encode(codes: Any, encoding: Encoding, dtype: Any = jnp.float32) -> jax.Array:
    """The network's input: `(dosage - mean) * scale`, missing calls filled.

    Args:
      codes: uint8 [B, V], dosage or 3 = missing.
      encoding: `Encoding` of the V variants.
      dtype: of the result; the arithmetic is float32 whatever it is.

    Returns:
      dtype [B, V], without a unit.
    """
    filled = dosages(codes, encoding.fill)
    mean, scale = jnp.asarray(encoding.mean), jnp.asarray(encoding.scale)
    return ((filled - mean[None, :]) * scale[None, :]).astype(dtype)
