"""How input columns lie in memory, so that any number of devices can share them.

The columns of every block are cut into the same number of granules, and a granule holds
its part of every block. Whoever has some granules has whole bytes of every block, and
nothing has to move before the first product. The layout depends on the arm alone, not
on the devices: a checkpoint fits any mesh whose variant axis divides the granules.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from gxjax.genotypes.packed import packed_width
from gxjax.types import Block

__all__ = ["GRANULES", "Layout", "layout_of", "layout_of_blocks"]

GRANULES = 16
"""Devices along `variant` that a checkpoint can be spread over later."""


class Layout(NamedTuple):
    """Where each column is.

    Attributes:
      granules: G.
      octets: bytes of each block in a granule.
      columns: int32 [P], P = G times the columns that a granule's octets hold: the
        column at each place, -1 for padding. The same of 2 bits a code as of 8.
    """

    granules: int
    octets: tuple[int, ...]
    columns: np.ndarray

    @property
    def bits(self) -> float:
        """Of a place, on average over the blocks."""
        return 8 * self.granules * sum(self.octets) / len(self.columns)

    def spread(self, values: np.ndarray) -> np.ndarray:
        """Values [L V], L beside each other for each column, as [L P]; padding is 0."""
        count = int(self.columns.max()) + 1
        beside = values.reshape(count, -1)
        spread = np.where(self.columns[:, None] >= 0, beside[self.columns], 0)
        return spread.astype(values.dtype).reshape(-1)

    def inputs(self, channels: int) -> np.ndarray:
        """int32 [L P]: the network's input at each place, of `channels` a column."""
        first = self.columns[:, None] * channels
        beside = first + np.arange(channels, dtype=np.int32)[None]
        return np.where(self.columns[:, None] >= 0, beside, -1).reshape(-1)


def layout_of_blocks(blocks: Sequence[Block], granules: int = GRANULES) -> Layout:
    """The layout of an arm's blocks, in `granules` parts."""
    counts = tuple(block.count for block in blocks)
    return layout_of(counts, granules, tuple(block.bits for block in blocks))


def layout_of(
    counts: tuple[int, ...],
    granules: int = GRANULES,
    bits: tuple[int, ...] | None = None,
) -> Layout:
    """The layout of adjacent blocks of `counts` columns of `bits` (2), in granules."""
    fours = tuple(-(-packed_width(count) // granules) for count in counts)
    each = bits or (2,) * len(counts)
    octets = tuple(
        packed_width(4 * width, kind) for width, kind in zip(fours, each, strict=True)
    )
    starts = np.cumsum((0, *counts))
    parts = []
    for count, width, start in zip(counts, fours, starts, strict=False):
        inside = np.arange(4 * width * granules, dtype=np.int32)
        column = np.where(inside < count, inside + start, -1)
        parts.append(column.reshape(granules, 4 * width))
    columns = np.concatenate(parts, axis=1).reshape(-1).astype(np.int32)
    return Layout(granules, octets, columns)
