"""Dosages that are no hard calls, read from the `.dosages` beside a `.bed`."""

from __future__ import annotations

from collections.abc import Sequence

import chex
import numpy as np

from gxjax.genotypes.bed_checks import MAGIC
from gxjax.genotypes.bed_source import BedSource, map_rows
from gxjax.genotypes.dosage_sums import DosageSums, sums_of
from gxjax.genotypes.packed import MISSING_BYTE
from gxjax.types import Progress, silent

__all__ = ["dosage_block", "sum_bed_dosages"]

_BYTES = 1 << 22
# PLINK's codes: 00 two of A1, 01 missing, 10 heterozygous, 11 none; four in a byte.
_OF_PLINK = np.array([254, MISSING_BYTE, 127, 0], np.uint8)
_FOUR = _OF_PLINK[(np.arange(256)[:, None] >> np.arange(0, 8, 2)[None, :]) & 3]


def sum_bed_dosages(
    source: BedSource,
    groups: Sequence[np.ndarray] | None = None,
    progress: Progress = silent,
) -> list[DosageSums]:
    """What dosages sum up to, in several groups of people in one pass.

    Beside the result it holds some tens of megabytes, whatever the size of the files.

    Args:
      source: N people, V variants; a file without dosages has its hard calls.
      groups: bool [N] each; None for a single one of everybody.
      progress: called with variants done, V.

    Returns:
      `DosageSums` of V variants per group.
    """
    people, total = len(source.samples), len(source.variants)
    masks = [np.ones(people, bool)] if groups is None else list(groups)
    chex.assert_shape(masks, (people,))
    chosen = [None if mask.all() else np.flatnonzero(mask) for mask in masks]
    parts: list[list[DosageSums]] = [[] for _ in masks]
    step = max(1, _BYTES // people)
    for start in range(0, total, step):
        stop = min(start + step, total)
        block = dosage_block(source, start, stop, slice(0, people))
        for who, found in zip(chosen, parts, strict=True):
            some = block if who is None else np.take(block, who, axis=1)
            found.append(sums_of(some, 1))
        progress(stop, total, "summing dosages")
    return [DosageSums.joined(found) for found in parts]


def dosage_block(source: BedSource, start: int, stop: int, people: slice) -> np.ndarray:
    """8-bit codes of adjacent variants and people that a source keeps.

    Args:
      source: N people, V variants.
      start: the first of the variants.
      stop: behind the last.
      people: of 0 to N.

    Returns:
      uint8 [stop - start, people]; hard calls where a file has no dosages.
    """
    columns = source.kept_people[people]
    return np.concatenate(
        [
            _of_file(source, file, rows, columns)
            for file, rows in source.rows_of_files(start, stop)
        ]
    )


def _of_file(
    source: BedSource, file: int, rows: np.ndarray, columns: np.ndarray
) -> np.ndarray:
    left, right = int(columns[0]), int(columns[-1]) + 1
    path = source.dosages[file]
    if path is not None:
        width = path.stat().st_size // int(source.first[file + 1] - source.first[file])
        piece = map_rows(path, rows, width)
        near = piece.octets[piece.rows, left:right]
    else:
        piece = map_rows(source.beds[file], rows, source.width, len(MAGIC))
        calls = _FOUR[piece.octets[piece.rows, left // 4 : -(-right // 4)]]
        near = calls.reshape(len(rows), -1)[:, left % 4 :][:, : right - left]
    if right - left == len(columns):
        return near
    return np.take(near, columns - left, axis=1)
