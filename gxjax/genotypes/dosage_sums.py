"""What dosages sum up to, per variant: the part of them that an encoding needs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from gxjax.genotypes.packed import MISSING_BYTE, assert_packed
from gxjax.types import Progress, silent

__all__ = ["DosageSums", "sum_dosages", "sums_of"]

_UNIT = 127
_STRIP, _PEOPLE = 1 << 13, 512


class DosageSums(NamedTuple):
    """Of some people's 8-bit codes, per variant.

    Attributes:
      codes: int64 [V], the sum of those that are not missing: 127 times the copies.
      called: int64 [V], people who are not missing.
      lowest: uint8 [V], 255 where nobody is called.
      highest: uint8 [V], 0 where nobody is called.
    """

    codes: np.ndarray
    called: np.ndarray
    lowest: np.ndarray
    highest: np.ndarray

    @property
    def copies(self) -> np.ndarray:
        """float64 [V], of A1."""
        return self.codes / _UNIT

    @property
    def mean(self) -> np.ndarray:
        """float64 [V], the mean dosage; 0 where nobody is called."""
        return self.copies / np.maximum(self.called, 1)

    @property
    def varies(self) -> np.ndarray:
        """bool [V]: there are two different dosages."""
        return self.highest > self.lowest

    @classmethod
    def joined(cls, parts: Sequence[DosageSums]) -> DosageSums:
        """Of adjacent variants, in the order given."""
        return cls(*(np.concatenate(each) for each in zip(*parts, strict=True)))

    def plus(self, other: DosageSums) -> DosageSums:
        """Of the same variants, and other people besides."""
        return DosageSums(
            self.codes + other.codes,
            self.called + other.called,
            np.minimum(self.lowest, other.lowest),
            np.maximum(self.highest, other.highest),
        )


def sums_of(codes: np.ndarray, axis: int) -> DosageSums:
    """`DosageSums` of uint8 codes, people along `axis`."""
    absent = np.count_nonzero(codes == MISSING_BYTE, axis=axis)
    # 255 becomes 0, and what is less becomes more.
    above = (codes + np.uint8(1)).max(axis=axis, initial=0)
    return DosageSums(
        codes.sum(axis=axis, dtype=np.int64) - MISSING_BYTE * absent,
        codes.shape[axis] - absent,
        codes.min(axis=axis, initial=MISSING_BYTE),
        np.maximum(above, 1) - np.uint8(1),
    )


def sum_dosages(
    packed: np.ndarray,
    count: int,
    people: np.ndarray | None = None,
    progress: Progress = silent,
) -> DosageSums:
    """`DosageSums` of a matrix of 8-bit codes, read a few megabytes at a time.

    Args:
      packed: uint8 [N, V], or a store.
      count: V.
      people: integers [n], the rows to sum; None for all.
      progress: called with people done, n.
    """
    assert_packed(packed, count, 8)
    total = packed.shape[0] if people is None else len(people)
    strips: list[DosageSums] = []
    lefts = range(0, count, _STRIP)
    for left in lefts:
        columns = slice(left, min(left + _STRIP, count))
        found = sums_of(np.empty((0, columns.stop - left), np.uint8), 0)
        for start in range(0, total, _PEOPLE):
            stop = min(start + _PEOPLE, total)
            who = slice(start, stop) if people is None else people[start:stop]
            found = found.plus(sums_of(packed[who, columns], 0))
            done = (len(strips) * total + stop) // len(lefts)
            progress(done, total, "summing dosages")
        strips.append(found)
    return DosageSums.joined(strips)
