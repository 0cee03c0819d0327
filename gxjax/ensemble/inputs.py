"""An arm on the device: packed once, gathered and decoded inside the step."""

from __future__ import annotations

from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp

from gxjax.cohort.encoding import dosages, encode
from gxjax.genotypes.packed import gather_codes
from gxjax.types import Arm, DosageSource, Encoding

__all__ = ["DeviceArm", "dosage_source", "encoded_batch", "place"]


class DeviceArm(NamedTuple):
    """The arrays of an `Arm`, as a step takes them.

    Attributes:
      blocks: (packed uint8 [N', bytes], rows int32 [N]) per block; a matrix that two
        blocks share (decoys) is on the device once.
      encoding: `Encoding` of float32 [V] device arrays.
    """

    blocks: tuple[tuple[jax.Array, jax.Array], ...]
    encoding: Encoding


def place(arm: Arm) -> DeviceArm:
    """Copies an arm's packed matrices, rows and encoding to the default device."""
    placed = {id(block.packed): jnp.asarray(block.packed) for block in arm.blocks}
    blocks = tuple(
        (placed[id(block.packed)], jnp.asarray(block.rows)) for block in arm.blocks
    )
    return DeviceArm(blocks, jax.tree.map(jnp.asarray, arm.encoding))


def encoded_batch(
    arrays: DeviceArm, counts: tuple[int, ...], people: jax.Array, dtype: jnp.dtype
) -> jax.Array:
    """Network input [B, V] of `people` int32 [B]; `counts` are the blocks' widths."""
    codes = gather_codes(arrays.blocks, counts, people)
    return encode(codes, arrays.encoding, dtype)


def dosage_source(arm: Arm) -> DosageSource:
    """An arm's dosages for attribution, placed on the default device.

    Make it once per arm: a new source is compiled anew.
    """
    counts = tuple(block.count for block in arm.blocks)
    return DosageSource(place(arm), partial(_dosage_batch, counts=counts))


def _dosage_batch(
    arrays: DeviceArm, people: jax.Array, *, counts: tuple[int, ...]
) -> jax.Array:
    """Dosages float32 [B, V] of `people` int32 [B], missing calls filled."""
    codes = gather_codes(arrays.blocks, counts, people)
    return dosages(codes, arrays.encoding.fill)
