"""PLINK 1 `.bed` bytes and our sample-major codes, each made from the other."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np

from gxjax.genotypes.packed import assert_packed, packed_width
from gxjax.types import Progress, silent

__all__ = ["to_bed", "transpose_bed"]

_TILE_ROWS, _TILE_BYTES = 1024, 256
_HIGH, _LOW = np.uint32(0xAAAAAAAA), np.uint32(0x55555555)


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
    return _transpose(sources, people, 0xFF, _from_plink, progress)


def to_bed(packed: np.ndarray, count: int) -> np.ndarray:
    """The inverse of `transpose_bed`: sample-major codes to the bytes of a `.bed`.

    Args:
      packed: uint8 [N, ceil(V / 4)].
      count: V.

    Returns:
      uint8 [V, ceil(N / 4)], padding bits 0, without the magic bytes.
    """
    assert_packed(packed, count)
    # Code 2 is PLINK's 00, which the padding of a .bed must be.
    return _transpose([packed], count, 0xAA, _to_plink, silent)


def _from_plink(words: np.ndarray) -> np.ndarray:
    """PLINK codes to ours, 16 a word: high bit inverted, low bit high xor low."""
    return (~words & _HIGH) | ((words ^ (words >> np.uint32(1))) & _LOW)


def _to_plink(words: np.ndarray) -> np.ndarray:
    flipped = ~words & _HIGH
    return flipped | ((words ^ (flipped >> np.uint32(1))) & _LOW)


def _transpose(
    sources: list[np.ndarray],
    columns: int,
    padding: int,
    recode: Callable[[np.ndarray], np.ndarray],
    progress: Progress,
) -> np.ndarray:
    """Transposes 2-bit [R, C] to [C, R], recoding 16 values a word on the way."""
    rows, top = sum(map(len, sources)), 0
    target = np.empty((columns, packed_width(rows)), np.uint8)
    for strip in _strips(sources):
        bottom = top + len(strip)
        across = slice(top // 4, packed_width(bottom))
        for left, words in _tiles(strip, padding):
            tile = np.ascontiguousarray(_transpose_words(recode(words)).T)
            for place in range(4):
                lines = target[4 * left + place : 4 * (left + len(tile)) : 4, across]
                octets = tile >> np.uint32(8 * place)
                lines[:] = octets[: len(lines)].astype(np.uint8)
        progress(bottom, rows, "transposing")
        top = bottom
    return target


def _strips(sources: list[np.ndarray]) -> Iterator[np.ndarray]:
    """All rows in strips of `_TILE_ROWS`, across the ends of the sources."""
    pending: list[np.ndarray] = []
    held = 0
    for source in sources:
        start = 0
        while start < len(source):
            pending.append(source[start : start + _TILE_ROWS - held])
            start, held = start + len(pending[-1]), held + len(pending[-1])
            if held == _TILE_ROWS:
                yield pending[0] if len(pending) == 1 else np.concatenate(pending)
                pending, held = [], 0
    if pending:
        yield pending[0] if len(pending) == 1 else np.concatenate(pending)


def _tiles(strip: np.ndarray, padding: int) -> Iterator[tuple[int, np.ndarray]]:
    """Words of 4 rows x 4 columns, element (r, c) at bit 8 r + 2 c, tile by tile."""
    for left in range(0, strip.shape[1], _TILE_BYTES):
        octets = np.asarray(strip[:, left : left + _TILE_BYTES])
        lacking = -len(octets) % 4
        octets = np.pad(octets, ((0, lacking), (0, 0)), constant_values=padding)
        words = octets[0::4].astype(np.uint32)
        for place in (1, 2, 3):
            words |= octets[place::4].astype(np.uint32) << np.uint32(8 * place)
        yield left, words


def _transpose_words(words: np.ndarray) -> np.ndarray:
    """Transposes every word's 4 x 4 matrix of 2-bit elements by two delta swaps."""
    for shift, mask in ((6, 0x00CC00CC), (12, 0x0000F0F0)):
        swap = (words ^ (words >> np.uint32(shift))) & np.uint32(mask)
        words = words ^ swap ^ (swap << np.uint32(shift))
    return words
