"""PLINK 1 `.bed` bytes and our sample-major codes, each made from the other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from gxjax.genotypes.packed import assert_packed, packed_width
from gxjax.types import Progress, silent

__all__ = ["Piece", "to_bed", "transpose_bed", "transpose_pieces"]

_TILE_ROWS, _TILE_BYTES = 1024, 256
_FROM_PLINK, _TO_PLINK = np.uint8(0xFF), np.uint8(0xAA)
_LOW = np.uint64(0x5555555555555555)
# Shift and mask of the two delta swaps that transpose a 4 x 4 matrix of 2-bit elements.
_NEXT = np.uint64(2), np.uint64(0x3333333333333333)
_AFTER_NEXT = np.uint64(4), np.uint64(0x0F0F0F0F0F0F0F0F)


class Piece(NamedTuple):
    """Some rows of a 2-bit matrix.

    Attributes:
      octets: uint8 [., bytes], 4 elements a byte; may be a memmap.
      rows: which of its rows, a slice of step 1 or increasing integers.
    """

    octets: np.ndarray
    rows: slice | np.ndarray

    def __len__(self) -> int:
        if isinstance(self.rows, slice):
            return len(range(*self.rows.indices(len(self.octets))))
        return len(self.rows)


def transpose_bed(
    bed: np.ndarray | Sequence[np.ndarray],
    people: int,
    progress: Progress = silent,
) -> np.ndarray:
    """Turns the bytes of a PLINK 1 `.bed` into our sample-major codes.

    PLINK's codes (00 two A1, 01 missing, 10 heterozygous, 11 two A2) become the dosage
    of A1, missing 3. Reads and writes tile by tile: beside the result it holds a few
    megabytes, whatever the size of the file.

    Args:
      bed: uint8 [V, ceil(N / 4)], the file without its 3 magic bytes; may be a memmap.
        Or several of the same people, whose variants follow each other.
      people: N.
      progress: called with variants done, V.

    Returns:
      uint8 [N, ceil(V / 4)].
    """
    sources = [bed] if isinstance(bed, np.ndarray) else list(bed)
    for source in sources:
        assert_packed(source, people)
    return _transpose(sources, people, _FROM_PLINK, progress)


def to_bed(packed: np.ndarray, count: int) -> np.ndarray:
    """The inverse of `transpose_bed`: sample-major codes to the bytes of a `.bed`.

    Args:
      packed: uint8 [N, ceil(V / 4)].
      count: V.

    Returns:
      uint8 [V, ceil(N / 4)], padding bits 0, without the magic bytes.
    """
    assert_packed(packed, count)
    return _transpose([packed], count, _TO_PLINK, silent)


def transpose_pieces(
    pieces: Sequence[Piece],
    columns: np.ndarray,
    target: np.ndarray,
    key: np.uint8 = _FROM_PLINK,
) -> None:
    """Transposes some columns of adjacent pieces into a part of a larger matrix.

    Args:
      pieces: R rows in all, of one width; as of a `.bed` if `key` is left out.
      columns: increasing integers [n], the columns (people) wanted.
      target: uint8 [n, ceil(R / 4)], written to; its unused bits become 0.
      key: what recodes, `_FROM_PLINK` or `_TO_PLINK`.
    """
    if not len(columns):
        return
    groups, width = target.shape[1], pieces[0].octets.shape[1]
    # 8 bytes more a row: powers of two would fall on the same lines of the cache.
    planes = np.zeros((4, groups, _TILE_BYTES + 8), np.uint8)
    spare = np.empty((2, planes[0].size // 8), np.uint64)
    lines = np.empty((4 * _TILE_BYTES, groups), np.uint8)
    for left in range(int(columns[0]) // 4, int(columns[-1]) // 4 + 1, _TILE_BYTES):
        begin, end = np.searchsorted(columns, (4 * left, 4 * (left + _TILE_BYTES)))
        if begin == end:
            continue
        octets = min(_TILE_BYTES, width - left)
        _load(pieces, left, octets, key, planes)
        _recode_and_swap(planes.reshape(4, -1).view(np.uint64), spare)
        for place in range(4):
            lines[place : 4 * octets : 4] = planes[place, :, :octets].T
        wanted = columns[begin:end] - 4 * left
        target[begin:end] = lines[_as_slice(wanted)]


def _transpose(
    sources: list[np.ndarray], columns: int, key: np.uint8, progress: Progress
) -> np.ndarray:
    """Transposes 2-bit [R, C] to [C, R], recoding on the way."""
    rows = sum(map(len, sources))
    target = np.empty((columns, packed_width(rows)), np.uint8)
    everyone = np.arange(columns)
    bottom = 0
    for strip in _strips(sources):
        top, bottom = bottom, bottom + sum(map(len, strip))
        across = slice(top // 4, packed_width(bottom))
        transpose_pieces(strip, everyone, target[:, across], key)
        progress(bottom, rows, "transposing")
    return target


def _strips(sources: list[np.ndarray]) -> Iterator[list[Piece]]:
    """All rows in strips of `_TILE_ROWS`, across the ends of the sources."""
    pending: list[Piece] = []
    held = 0
    for source in sources:
        start = 0
        while start < len(source):
            stop = min(start + _TILE_ROWS - held, len(source))
            pending.append(Piece(source, slice(start, stop)))
            start, held = stop, held + stop - start
            if held == _TILE_ROWS:
                yield pending
                pending, held = [], 0
    if pending:
        yield pending


def _load(
    pieces: Sequence[Piece],
    left: int,
    octets: int,
    key: np.uint8,
    planes: np.ndarray,
) -> None:
    """Row 4 g + r of all pieces, xor the key, to `planes[r, g]`; 0 behind the last."""
    top = 0
    for piece in pieces:
        part = piece.octets[piece.rows, left : left + octets]
        for place in range(4):
            skip = (place - top) % 4
            rows = part[skip::4]
            group = (top + skip) // 4
            into = planes[place, group : group + len(rows), :octets]
            np.bitwise_xor(rows, key, out=into)
        top += len(part)
    planes[top % 4 or 4 :, -1] = 0


def _recode_and_swap(planes: np.ndarray, spare: np.ndarray) -> None:
    """In place: between PLINK's codes and ours, and every 4 x 4 matrix transposed.

    With the key xored, recoding is the same both ways: the low bit xor the high bit.

    Args:
      planes: uint64 [4, .], row r of all matrices, 4 elements a byte.
      spare: uint64 [2, .].
    """
    for pair in (planes[:2], planes[2:]):
        np.right_shift(pair, np.uint64(1), out=spare)
        np.bitwise_and(spare, _LOW, out=spare)
        np.bitwise_xor(pair, spare, out=pair)
    for upper, lower, (shift, mask) in (
        (planes[0::2], planes[1::2], _NEXT),
        (planes[:2], planes[2:], _AFTER_NEXT),
    ):
        np.right_shift(upper, shift, out=spare)
        np.bitwise_xor(spare, lower, out=spare)
        np.bitwise_and(spare, mask, out=spare)
        np.bitwise_xor(lower, spare, out=lower)
        np.left_shift(spare, shift, out=spare)
        np.bitwise_xor(upper, spare, out=upper)


def _as_slice(indices: np.ndarray) -> slice | np.ndarray:
    """Increasing indices as a slice where they have no gap, which spares a copy."""
    first, last = int(indices[0]), int(indices[-1])
    return slice(first, last + 1) if last - first + 1 == len(indices) else indices
