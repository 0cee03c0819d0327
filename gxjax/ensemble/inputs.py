"""An arm's dosages on one device: packed, gathered and decoded inside the step."""

from __future__ import annotations

from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from gxjax.cohort.encoding import dosages
from gxjax.genotypes.packed import gather_codes
from gxjax.types import Arm, DosageSource

__all__ = ["DeviceArm", "dosage_source"]


class DeviceArm(NamedTuple):
    """The arrays of an `Arm`, as a step takes them.

    Attributes:
      blocks: (packed uint8 [N', bytes], rows int32 [N]) per block; a matrix that two
        blocks share (decoys) is on the device once.
      fill: float32 [V], the dosage that stands for a missing call.
    """

    blocks: tuple[tuple[jax.Array, jax.Array], ...]
    fill: jax.Array


def dosage_source(arm: Arm) -> DosageSource:
    """An arm's dosages for attribution, placed on the default device.

    Make it once per arm: a new source is compiled anew.
    """
    counts = tuple(block.count for block in arm.blocks)
    shared = {id(block.packed): block.packed for block in arm.blocks}
    placed = {key: jnp.asarray(np.asarray(packed)) for key, packed in shared.items()}
    blocks = tuple((placed[id(b.packed)], jnp.asarray(b.rows)) for b in arm.blocks)
    arrays = DeviceArm(blocks, jnp.asarray(arm.encoding.fill))
    return DosageSource(arrays, partial(_dosage_batch, counts=counts))


def _dosage_batch(
    arrays: DeviceArm, people: jax.Array, *, counts: tuple[int, ...]
) -> jax.Array:
    """Dosages float32 [B, V] of `people` int32 [B], missing calls filled."""
    return dosages(gather_codes(arrays.blocks, counts, people), arrays.fill)
