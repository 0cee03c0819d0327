"""Encoding: how a code becomes a network's input, fitted on TRAIN people only."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import chex
import jax
import jax.numpy as jnp
import numpy as np

from gxjax.genotypes.dosage_sums import DosageSums
from gxjax.genotypes.packed import DOSAGE_PER_BYTE, MISSING_BYTE
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
    counts: np.ndarray,
    impute: Literal["mean", "mode", "zero"] = "mean",
    sums: DosageSums | None = None,
) -> Encoding:
    """Centres on 2p and scales by 1 / sqrt(2p(1 - p)), p the A1 frequency of TRAIN.

    The scale is the one that Hardy-Weinberg proportions give, not the sample's standard
    deviation: an encoded column has unit variance only where genotypes are in HWE, and
    less where dosages are uncertain.

    Args:
      counts: int64 [V, 4], TRAIN people with hard call 0, 1, 2 and missing.
      impute: the dosage that stands for a missing one: "mean" (2p), "mode" (the
        commonest hard call) or "zero".
      sums: of TRAIN people's dosages where they are no hard calls: of them then are p,
        and whether a variant varies.

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
    varies = (called > 0).sum(axis=1) > 1
    if sums is not None:
        chex.assert_shape(sums.called, (len(mean),))
        mean, varies = sums.mean, sums.varies
    variance = np.maximum(mean * (1 - mean / 2), VARIANCE_FLOOR)
    fill = {"mean": mean, "mode": modes(counts), "zero": np.zeros_like(mean)}[impute]
    return Encoding(
        mean.astype(np.float32),
        np.where(varies, 1 / np.sqrt(variance), 0).astype(np.float32),
        fill.astype(np.float32),
    )


def concatenate(encodings: Sequence[Encoding]) -> Encoding:
    """The encoding of adjacent blocks of columns, in the order given."""
    return Encoding(*(np.concatenate(part) for part in zip(*encodings, strict=True)))


def dosages(codes: Any, fill: Any, bits: int = 2) -> jax.Array:
    """Dosages of A1, a missing call replaced by its variant's fill.

    Args:
      codes: uint8 [B, V]: dosage or 3 = missing; of 8 bits 127 dosages or 255.
      fill: float32 [V], dosage.
      bits: of a code, 2 or 8, static.

    Returns:
      float32 [B, V], copies of A1.
    """
    chex.assert_rank([codes, fill], [2, 1])
    chex.assert_equal(codes.shape[1], fill.shape[0])
    missing = codes == (MISSING_BYTE if bits == 8 else MISSING)
    called = jnp.asarray(codes, jnp.float32)
    if bits == 8:
        called = called * DOSAGE_PER_BYTE
    return jnp.where(missing, jnp.asarray(fill)[None, :], called)


def encode(
    codes: Any, encoding: Encoding, dtype: Any = jnp.float32, bits: int = 2
) -> jax.Array:
    """The network's input: `(dosage - mean) * scale`, missing calls filled.

    Args:
      codes: uint8 [B, V], as of `dosages`.
      encoding: `Encoding` of the V variants.
      dtype: of the result; the arithmetic is float32 whatever it is.
      bits: of a code, 2 or 8, static.

    Returns:
      dtype [B, V], without a unit.
    """
    filled = dosages(codes, encoding.fill, bits)
    mean, scale = jnp.asarray(encoding.mean), jnp.asarray(encoding.scale)
    return ((filled - mean[None, :]) * scale[None, :]).astype(dtype)
