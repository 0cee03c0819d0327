"""Packed columns put elsewhere without being unpacked: cut, shifted, side by side."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from gxjax.genotypes.packed import packed_width
from gxjax.types import Block

__all__ = ["packed_columns"]


def packed_columns(
    blocks: Sequence[Block], people: np.ndarray, first: int, parts: int, width: int
) -> np.ndarray:
    """Adjacent columns of some people, in parts that each begin a byte.

    Reads each block once, and nothing of it but these people and columns.

    Args:
      blocks: of an arm of V columns.
      people: int [n], rows of the arm.
      first: the first column.
      parts: how many.
      width: columns of a part.

    Returns:
      uint8 [n, parts, ceil(width / 4)]; code 0 beyond V.
    """
    found = np.zeros((len(people), parts, packed_width(width)), np.uint8)
    start = 0
    for block in blocks:
        left = max(first - start, 0)
        right = min(first + parts * width - start, block.count)
        if left < right:
            octets = slice(left // 4, packed_width(right))
            rows = np.asarray(block.packed[np.asarray(block.rows)[people], octets])
            for part in range(parts):
                begin = first + part * width - start
                low, high = max(begin, left), min(begin + width, right)
                if low < high:
                    _put(
                        found[:, part],
                        low - begin,
                        rows,
                        low - left // 4 * 4,
                        high - low,
                    )
        start += block.count
    return found


def _put(
    found: np.ndarray, place: int, packed: np.ndarray, first: int, count: int
) -> None:
    """Puts `count` columns of packed rows from `first` on to `place`, where 0 is."""
    cut = packed[:, first // 4 : packed_width(first + count)]
    inside, beyond = first % 4, -(first + count) % 4
    if inside or beyond:
        cut = cut.copy()
        cut[:, 0] &= np.uint8(0xFF << 2 * inside & 0xFF)
        cut[:, -1] &= np.uint8(0xFF >> 2 * beyond)
    bits, at = 2 * (place % 4 - inside), place // 4
    if bits == 0:
        _add(found, at, cut)
    elif bits > 0:
        _add(found, at, cut << np.uint8(bits))
        _add(found, at + 1, cut >> np.uint8(8 - bits))
    else:
        _add(found, at, cut >> np.uint8(-bits))
        _add(found, at, cut[:, 1:] << np.uint8(8 + bits))


def _add(found: np.ndarray, at: int, packed: np.ndarray) -> None:
    """What would lie beyond the end is 0."""
    here = found[:, at : at + packed.shape[1]]
    here |= packed[:, : here.shape[1]]
