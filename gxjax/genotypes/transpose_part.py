"""A part of a store's matrix, people down and variants across, out of the files."""

from __future__ import annotations

import numpy as np

from gxjax.genotypes.bed_source import BedSource
from gxjax.genotypes.dosage_source import dosage_block
from gxjax.genotypes.packed import packed_width
from gxjax.genotypes.transpose import transpose_pieces

__all__ = ["transpose_part"]

_STRIP = 1024
# Dosages are turned in tiles of 4 MiB.
_VARIANTS, _PEOPLE = 256, 1 << 14
# How far apart rows are that swap bytes, and which bytes.
_SWAPS = (
    (1, np.uint64(0x00FF00FF00FF00FF)),
    (2, np.uint64(0x0000FFFF0000FFFF)),
    (4, np.uint64(0x00000000FFFFFFFF)),
)


def transpose_part(
    source: BedSource, rows: slice, octets: slice, out: np.ndarray
) -> None:
    """People `rows` and bytes `octets` of the store that a source becomes.

    Args:
      source: N people, V variants, of 2 or 8 bits.
      rows: of 0 to N.
      octets: of 0 to ceil(V / 4), or to V where codes have 8 bits.
      out: uint8 [people, bytes], written to.
    """
    if source.bits == 8:
        _transpose_dosages(source, rows, octets, out)
        return
    people = source.kept_people[rows]
    first, end = 4 * octets.start, min(4 * octets.stop, len(source.variants))
    for start in range(first, end, _STRIP):
        stop = min(start + _STRIP, end)
        across = slice((start - first) // 4, packed_width(stop - first))
        transpose_pieces(source.pieces(start, stop), people, out[:, across])


def _transpose_dosages(
    source: BedSource, rows: slice, columns: slice, out: np.ndarray
) -> None:
    for start in range(columns.start, columns.stop, _VARIANTS):
        stop = min(start + _VARIANTS, columns.stop)
        across = slice(start - columns.start, stop - columns.start)
        for top in range(rows.start, rows.stop, _PEOPLE):
            people = slice(top, min(top + _PEOPLE, rows.stop))
            down = slice(people.start - rows.start, people.stop - rows.start)
            _turn(dosage_block(source, start, stop, people), out[down, across])


def _turn(block: np.ndarray, out: np.ndarray) -> None:
    """The transposed block to `out`; 8 x 8 bytes at a time, which are 8 words.

    Three delta swaps each, of bytes, pairs and fours: 3 times as fast as `block.T`.
    """
    rows, columns = block.shape
    padded = np.pad(np.ascontiguousarray(block), ((0, -rows % 8), (0, -columns % 8)))
    # Row r of all 8 x 8 matrices, which lie in `groups` rows of `width` matrices.
    words = padded.view(np.uint64).reshape(-1, 8, padded.shape[1] // 8)
    words = np.ascontiguousarray(words.swapaxes(0, 1))
    for distance, mask in _SWAPS:
        pairs = words.reshape(-1, 2, distance, *words.shape[1:])
        upper, lower = pairs[:, 0], pairs[:, 1]
        shift = np.uint64(8 * distance)
        moved = ((upper >> shift) ^ lower) & mask
        lower ^= moved
        upper ^= moved << shift
    turned = np.ascontiguousarray(words.transpose(2, 0, 1)).view(np.uint8)
    out[:] = turned.reshape(padded.shape[1], -1)[:columns, :rows]
