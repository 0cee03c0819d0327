"""How many people have each genotype, counted on `.bed` files as they are read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import chex
import numpy as np

from gxjax.genotypes.bed_source import BedSource
from gxjax.genotypes.counts import sum_fields
from gxjax.genotypes.packed import pack
from gxjax.types import Progress, silent

__all__ = ["count_bed_codes", "count_bed_missing"]

_TILE = 1 << 19
_WORD = 8
_LOW = np.uint64(0x5555555555555555)
# What `sum_fields` takes at a time.
_VARIANTS, _BYTES = 255, 8192


def count_bed_codes(
    source: BedSource,
    groups: Sequence[np.ndarray] | None = None,
    progress: Progress = silent,
) -> list[np.ndarray]:
    """Genotype counts of every variant, of several groups of people in one pass.

    Beside the result it holds a few megabytes, whatever the size of the files.

    Args:
      source: N people, V variants.
      groups: bool [N] each; None for a single one of everybody.
      progress: called with variants done, V.

    Returns:
      int64 [V, 4] per group: its people with dosage 0, 1, 2 of A1, and missing.
    """
    people, total = len(source.samples), len(source.variants)
    masks = [np.ones(people, bool)] if groups is None else list(groups)
    chex.assert_shape(masks, (people,))
    words = [_spread(source, mask) for mask in masks]
    counts = [np.empty((total, 4), np.int64) for _ in masks]
    for start, block in _blocks(source):
        low, high = block & _LOW, (block >> np.uint64(1)) & _LOW
        stop = start + len(block)
        for mask, word, found in zip(masks, words, counts, strict=True):
            found[start:stop] = _count(low & word, high & word, int(mask.sum()))
        progress(stop, total, "counting genotypes")
    return counts


def count_bed_missing(source: BedSource, progress: Progress = silent) -> np.ndarray:
    """Missing calls of every person, over the variants of the source.

    Args:
      source: N people, V variants.
      progress: called with variants done, V.

    Returns:
      int64 [N].
    """
    total, one = len(source.variants), np.uint8(1)
    missing = np.zeros(4 * source.width, np.int64)
    for start in range(0, total, _VARIANTS):
        stop = min(start + _VARIANTS, total)
        for octets, rows in source.pieces(start, stop):
            for left in range(0, source.width, _BYTES):
                tile = octets[rows, left : left + _BYTES]
                # PLINK's code of a missing call is 01.
                sums = sum_fields(tile & ~(tile >> one) & np.uint8(0x55))
                missing[4 * left : 4 * left + len(sums)] += sums
        progress(stop, total, "counting missing calls")
    return missing[source.kept_people]


def _spread(source: BedSource, mask: np.ndarray) -> np.ndarray:
    """uint64 [1, .]: 01 at the people of a mask, in the places of the file."""
    ones = np.zeros((1, 4 * source.width), np.uint8)
    ones[0, source.kept_people[mask]] = 1
    octets = pack(ones)
    return np.pad(octets, ((0, 0), (0, -source.width % _WORD))).view(np.uint64)


def _blocks(source: BedSource) -> Iterator[tuple[int, np.ndarray]]:
    """Number of the first variant, and uint64 [variants, .] as in the file, 0 behind.

    The array is used anew for the next ones. It fits into the cache of a core.
    """
    total, width = len(source.variants), source.width
    words = -(-width // _WORD)
    step = max(1, min(total, _TILE // (words * _WORD)))
    buffer = np.zeros((step, words), np.uint64)
    octets = buffer.view(np.uint8)[:, :width]
    for start in range(0, total, step):
        top = 0
        for piece in source.pieces(start, min(start + step, total)):
            octets[top : top + len(piece)] = piece.octets[piece.rows]
            top += len(piece)
        yield start, buffer[:top]


def _count(low: np.ndarray, high: np.ndarray, people: int) -> np.ndarray:
    """int64 [variants, 4] from the two bits of PLINK's codes, [variants, words] each.

    00 is two A1, 01 missing, 10 heterozygous, 11 two A2.
    """
    lows, highs, both = (
        np.bitwise_count(bits).sum(axis=1, dtype=np.int64)
        for bits in (low, high, low & high)
    )
    counts = [both, highs - both, people - lows - highs + both, lows - both]
    return np.stack(counts, axis=1)
