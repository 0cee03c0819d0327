"""From the codes of one variant to the predictors of a regression, under jit."""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp

from gxjax.association.genotype_test import GenotypeTest
from gxjax.association.variant_strips import HET, HOM_A1, MISSING_CALL
from gxjax.genotypes.packed import DOSAGE_PER_BYTE, MISSING_BYTE, decode

__all__ = ["Coding", "predictors", "shares"]

_ONE_COPY = 127


class Coding(NamedTuple):
    """How a row of codes becomes predictors; hashable, so static under `jit`.

    Attributes:
      test: what is asked of a genotype.
      bits: of a code: 2 as in a `.bed`, or 8.
    """

    test: GenotypeTest
    bits: int


def predictors(
    octets: jax.Array, present: jax.Array, coding: Coding
) -> tuple[jax.Array, jax.Array, jax.Array]:
    """A variant's predictors, who is called, and whether there are two genotypes.

    Args:
      octets: uint8 [n / 4] laid out as a `.bed`, or [n] of 8 bits.
      present: float32 [n], 1 for who takes part, else 0.
      coding: static.

    Returns:
      float32 [p, n], 0 where not called, and of dosages about their mean; float32 [n],
      1 for who takes part and is called; bool.
    """
    read = _of_calls if coding.bits == 2 else _of_dosages
    het, hom, called, varies = read(octets, present)
    test = coding.test
    one, two = (jnp.array(part, jnp.float32) for part in (test.het, test.hom))
    g = one[:, None] * het[None, :] + two[:, None] * hom[None, :]
    if coding.bits == 8:
        # In float32, dosages that are nearly alike would be lost beside their mean.
        mean = g.sum(axis=1) / jnp.maximum(called.sum(), 1)
        g = (g - mean[:, None]) * called[None, :]
    return g, called, varies


def shares(codes: jax.Array) -> tuple[jax.Array, jax.Array]:
    """How much a dosage is one copy of A1, and how much two, in 1/127.

    Args:
      codes: uint8 of any shape, 8 bits each.

    Returns:
      int32 twice: 127 (1 - |x - 1|) and 127 max(x - 1, 0) of dosage x; 0 if missing.
    """
    whole = jnp.where(codes == MISSING_BYTE, jnp.uint8(0), codes).astype(jnp.int32)
    return _ONE_COPY - jnp.abs(whole - _ONE_COPY), jnp.maximum(whole - _ONE_COPY, 0)


def _of_calls(octets: jax.Array, present: jax.Array) -> tuple[jax.Array, ...]:
    codes = decode(octets, len(present))
    called = jnp.where(codes == MISSING_CALL, jnp.float32(0), present)
    het, hom = (called * (codes == code) for code in (HET, HOM_A1))
    counts = jnp.stack([called.sum() - het.sum() - hom.sum(), het.sum(), hom.sum()])
    return het, hom, called, counts.max() < counts.sum()


def _of_dosages(octets: jax.Array, present: jax.Array) -> tuple[jax.Array, ...]:
    called = jnp.where(octets == MISSING_BYTE, jnp.float32(0), present)
    het, hom = (
        called * (share.astype(jnp.float32) * DOSAGE_PER_BYTE)
        for share in shares(octets)
    )
    least = jnp.where(called > 0, octets, jnp.uint8(MISSING_BYTE)).min()
    most = jnp.where(called > 0, octets, jnp.uint8(0)).max()
    return het, hom, called, most > least
