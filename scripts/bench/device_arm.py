"""An arm of the size of a biobank, whose genotypes are made on the device."""

from __future__ import annotations

from typing import Any, Literal, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import pandas as pd
from jax.sharding import Mesh, NamedSharding, PartitionSpec

from gxjax.cohort.encoding import fit_encoding
from gxjax.ensemble.layout import Layout
from gxjax.ensemble.residency import Feed, make_feed
from gxjax.genotypes.packed import packed_width
from gxjax.types import (
    TRAIN,
    VALIDATION,
    VARIANT_COLUMNS,
    Arm,
    Block,
    Encoding,
    Truth,
)

__all__ = ["TrainingSize", "device_arm", "random_feed"]

_ROWS = 512
"""People whose random bytes are drawn at a time."""


class TrainingSize(NamedTuple):
    """What is trained.

    Attributes:
      people: N, rounded up to what is drawn at a time.
      variants: V, real ones.
      members: M.
      widths: hidden widths.
      batch_size: people of a step.
      bfloat16: whether products are in bfloat16, and Adam's first moment is kept in it.
      decoys: whether as many decoys are beside the variants.
      held_out: people of VALIDATION.
      data_order: as of `TrainingConfig`.
    """

    people: int
    variants: int
    members: int
    widths: tuple[int, ...]
    batch_size: int
    bfloat16: bool
    decoys: bool = False
    held_out: int = 256
    data_order: Literal["shared", "own"] = "shared"

    @property
    def columns(self) -> int:
        """Input columns."""
        return self.variants * (2 if self.decoys else 1)

    @property
    def dtype(self) -> Any:
        """Of the products."""
        return jnp.bfloat16 if self.bfloat16 else jnp.float32


class _Nowhere:
    """Stands for a packed matrix that is on the device alone."""

    dtype = np.dtype(np.uint8)

    def __init__(self, shape: tuple[int, int]) -> None:
        self.shape = shape


def device_arm(size: TrainingSize) -> tuple[Arm, np.ndarray, np.ndarray]:
    """An arm whose matrix is nowhere yet; phenotypes [N] and split [N].

    `random_feed` makes the matrix when it is placed.
    """
    people, variants = -(-size.people // _ROWS) * _ROWS, size.variants
    split = np.full(people, TRAIN, np.int8)
    split[-size.held_out :] = VALIDATION
    counts = np.full((size.columns, 4), people // 4, np.int64)
    packed: Any = _Nowhere((people, packed_width(variants)))
    none = np.full(size.columns, np.nan, np.float32)
    kinds = np.zeros(size.columns, np.int8)
    truth = Truth(kinds, np.full(size.columns, -1), none, none)
    table = pd.DataFrame({name: [] for name in VARIANT_COLUMNS})
    draw = np.random.default_rng(0)
    blocks = [Block(packed, np.arange(people, dtype=np.int32), variants)]
    if size.decoys:
        rows = draw.permutation(people).astype(np.int32)
        blocks.append(Block(packed, rows, variants))
    arm = Arm("real", tuple(blocks), table, truth, fit_encoding(counts), counts)
    return arm, draw.normal(size=people).astype(np.float32), split


def random_feed(
    arm: Arm, encoding: Encoding, layout: Layout, mesh: Mesh, *, resident: bool
) -> Feed:
    """`make_feed` with random bytes for genotypes, any code equally likely."""
    assert resident
    feed = make_feed(arm, encoding, layout, mesh, resident=False)
    people, octets = arm.blocks[0].packed.shape[0], layout.octets[0]
    sharding = NamedSharding(mesh, PartitionSpec(None, "variant"))

    def make(key: jax.Array) -> jax.Array:
        def rows(number: jax.Array) -> jax.Array:
            own = jax.random.fold_in(key, number)
            return jax.random.bits(own, (_ROWS, layout.granules, octets), jnp.uint8)

        drawn = jax.lax.map(rows, jnp.arange(people // _ROWS))
        return drawn.reshape(people, layout.granules, octets)

    packed = jax.jit(make, out_shardings=sharding)(jax.random.key(1))
    return feed._replace(arm=feed.arm._replace(packed=(packed,) * len(arm.blocks)))
