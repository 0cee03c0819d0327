"""Packed columns put elsewhere without being unpacked: cut, shifted, side by side."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from gxjax.genotypes.packed import byte_codes, packed_width, unpack
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
      uint8 [n, parts, ceil(width / 4)]; code 0 beyond V. [n, parts, width] where any
      block has 8 bits, which then all codes have.
    """
    if any(block.bits == 8 for block in blocks):
        return _byte_columns(blocks, people, first, parts * width).reshape(
            len(people), parts, width
        )
    found = np.zeros((len(people), parts, packed_width(width)), np.uint8)
    start = 0
    for block in blocks:
        left = max(first - start, 0)
        right = min(first + parts * width - start, block.count)
        if left < right:
            rows = _read(block, people, left, right)
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


def _read(block: Block, people: np.ndarray, left: int, right: int) -> np.ndarray:
    """The bytes in which columns `left` to `right` of some people lie."""
    octets = slice(left * block.bits // 8, packed_width(right, block.bits))
    return np.asarray(block.packed[np.asarray(block.rows)[people], octets])


def _byte_columns(
    blocks: Sequence[Block], people: np.ndarray, first: int, width: int
) -> np.ndarray:
    """Codes of 8 bits, whatever the blocks have: uint8 [n, width], 0 beyond V."""
    found = np.zeros((len(people), width), np.uint8)
    start = 0
    for block in blocks:
        left, right = max(first - start, 0), min(first + width - start, block.count)
        if left < right:
            codes = _read(block, people, left, right)
            if block.bits == 2:
                whole = unpack(codes, 4 * codes.shape[1])
                codes = byte_codes(whole[:, left % 4 :][:, : right - left])
            at = start + left - first
            found[:, at : at + right - left] = codes
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
