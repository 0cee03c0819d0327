"""Reads a few columns of packed genotypes, without the others, in bounded memory."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from gxjax.genotypes.packed import MISSING_BYTE, packed_width
from gxjax.types import Genotypes, Progress, silent

__all__ = ["column_blocks", "copies_and_lost", "copies_of", "read_columns"]

# Variants of a strip: a store's chunks are as wide, so none is read twice.
_STRIP = 1 << 15
_CODES, _MOST_PEOPLE = 1 << 22, 512
# Dosages of the codes below that of a missing call.
_COPIES = {2: np.arange(3.0), 8: np.arange(MISSING_BYTE) / 127}


def column_blocks(
    genotypes: Genotypes,
    columns: np.ndarray,
    progress: Progress = silent,
    note: str = "reading causal variants",
) -> Iterator[tuple[slice, slice, np.ndarray]]:
    """Codes of some columns, a block of people and of columns at a time.

    What a block holds depends on N and the columns, not on the bits of a code nor on
    where the matrix lies. Some 20 megabytes are held at a time.

    Args:
      genotypes: N people, V variants; in memory or a store.
      columns: int64 [k], ascending.
      progress: called with codes done, N k.
      note: what it is told.

    Yields:
      People, places in `columns`, and codes uint8 [people, places].
    """
    packed, bits = genotypes.packed, genotypes.bits
    people = len(genotypes.samples)
    for strip in np.unique(columns // _STRIP):
        first, last = np.searchsorted(columns, [strip * _STRIP, (strip + 1) * _STRIP])
        own = columns[first:last]
        octet, left = own * bits // 8, int(own[0]) * bits // 8
        right = packed_width(int(own[-1]) + 1, bits)
        step = min(_MOST_PEOPLE, _CODES // len(own))
        for start in range(0, people, step):
            rows = slice(start, min(start + step, people))
            codes = np.take(packed[rows, left:right], octet - left, axis=1)
            if bits == 2:
                shift = (2 * (own & 3)).astype(np.uint8)
                codes = (codes >> shift[None, :]) & np.uint8(3)
            yield rows, slice(int(first), int(last)), codes
            done = people * int(first) + rows.stop * len(own)
            progress(done, people * len(columns), note)


def read_columns(
    genotypes: Genotypes, columns: np.ndarray, progress: Progress = silent
) -> np.ndarray:
    """Codes uint8 [N, k] of some columns, int64 [k] in ascending order."""
    codes = np.empty((len(genotypes.samples), len(columns)), np.uint8)
    for rows, places, block in column_blocks(genotypes, columns, progress):
        codes[rows, places] = block
    return codes


def copies_of(codes: np.ndarray, bits: int) -> np.ndarray:
    """Dosages of codes of any shape, float64; NaN where a call is missing."""
    return np.append(_COPIES[bits], np.nan)[codes]


def copies_and_lost(
    codes: np.ndarray, bits: int
) -> tuple[np.ndarray, tuple[np.ndarray, np.ndarray]]:
    """Dosages of codes, float64 [n, k] and 0 where missing; and rows, columns of these.

    Missing calls are few, so what they need costs less than to look at every dosage.
    """
    table = np.append(_COPIES[bits], 0.0)
    person, variant = np.nonzero(codes == len(table) - 1)
    return np.take(table, codes), (person, variant)
