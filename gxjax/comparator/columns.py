"""Columns of an arm as numbers, some people and some columns at a time."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from gxjax.genotypes.packed import dosage_table
from gxjax.types import Arm, Block

__all__ = ["cut", "encoded", "hide", "score_of_effects", "teaching"]

_PEOPLE = 2048
_OCTETS = 8192
_STRIP = 1 << 26
"""Bytes of a strip of float32, about."""


def teaching(arm: Arm) -> np.ndarray:
    """int64 [V']: the columns that are shown and vary in TRAIN.

    Raises:
      ValueError: there is none.
    """
    found = np.flatnonzero(arm.truth.shown & (np.asarray(arm.encoding.scale) > 0))
    if not len(found):
        raise ValueError(
            f"arm {arm.name!r}: none of {len(arm.truth.kind)} columns is typed and "
            "varies in TRAIN"
        )
    return found


def hide(scores: np.ndarray, arm: Arm) -> np.ndarray:
    """float64 [V]: -inf where there is no score, or the column is not shown."""
    found = np.asarray(scores, np.float64)
    return np.where(np.isnan(found) | ~arm.truth.shown, -np.inf, found)


def score_of_effects(effects: np.ndarray, arm: Arm) -> np.ndarray:
    """Absolute effects, float64 [V]; -inf for a column that teaches nothing."""
    found, columns = np.full(len(effects), -np.inf), teaching(arm)
    found[columns] = np.abs(effects[columns])
    return found


def cut(total: int, beside: int) -> Iterator[slice]:
    """Slices of `total` so that each, times `beside`, is a strip of about 64 MiB."""
    step = max(1, _STRIP // (4 * max(beside, 1)))
    for start in range(0, total, step):
        yield slice(start, min(start + step, total))


def encoded(arm: Arm, people: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """What a network is fed: `(dosage - mean) * scale`, missing calls filled.

    Reads no more than 16 MiB of a block at a time.

    Args:
      arm: of V columns; its blocks may be stores.
      people: int [n], rows of the arm.
      columns: int [c], increasing.

    Returns:
      float32 [n, c], columns adjacent in memory (Fortran order): of variance about 1
      per column under Hardy-Weinberg proportions.
    """
    found = np.empty((len(people), len(columns)), np.float32, order="F")
    start = 0
    for block in arm.blocks:
        here = slice(*np.searchsorted(columns, [start, start + block.count]))
        _read(block, people, columns[here] - start, found[:, here])
        start += block.count
    # A column at a time: everything at once would be several copies.
    for place, column in enumerate(columns):
        values = found[:, place]
        values[np.isnan(values)] = arm.encoding.fill[column]
        values -= arm.encoding.mean[column]
        values *= arm.encoding.scale[column]
    return found


def _read(
    block: Block, people: np.ndarray, columns: np.ndarray, into: np.ndarray
) -> None:
    """Dosages of a block's columns, NaN where missing, into float32 [n, c]."""
    rows, table = np.asarray(block.rows)[people], dosage_table(block.bits)
    octets = columns * block.bits // 8
    strips = np.unique(octets // _OCTETS)
    for start in range(0, len(rows), _PEOPLE):
        some = slice(start, start + _PEOPLE)
        for strip in strips:
            left = strip * _OCTETS
            here = slice(*np.searchsorted(octets, [left, left + _OCTETS]))
            last = octets[here.stop - 1] + 1
            packed = np.asarray(block.packed[rows[some], left:last])
            codes = packed[:, octets[here] - left]
            if block.bits == 2:
                shifts = (2 * (columns[here] % 4)).astype(np.uint8)
                codes = (codes >> shifts[None, :]) & np.uint8(3)
            into[some, here] = table[codes]
