"""How many people have each genotype: of packed calls, or calls that dosages make."""

from __future__ import annotations

import chex
import numpy as np

from gxjax.genotypes.hard_calls import BYTE_CALLS
from gxjax.genotypes.packed import assert_packed
from gxjax.types import MISSING, Progress, silent

__all__ = ["count_codes", "count_missing", "sum_fields"]

# 255 = 3 x 5 x 17 people fill, without overflow, 2-bit, then 4-bit, then 8-bit fields.
_PEOPLE = 255
_BYTES = 8192
# What is read of a store at a time, with as many people: 33 MB.
_STRIP = 1 << 17
_LOW = np.uint8(0x55)


def count_codes(
    packed: np.ndarray,
    count: int,
    people: np.ndarray | None = None,
    progress: Progress = silent,
    bits: int = 2,
) -> np.ndarray:
    """Genotype counts of every variant.

    Args:
      packed: uint8 [N, ceil(V / 4)], or [N, V] of 8 bits.
      count: V.
      people: integers [n], the rows to count (a repeat counts twice); None for all.
      progress: called with people done, n.
      bits: 2 or 8. Of dosages those within 0.1 of 0, 1 or 2 are calls, PLINK 2's
        `--hard-call-threshold`, and others missing.

    Returns:
      int64 [V, 4]: people with hard call 0, 1, 2 and 3 (missing).
    """
    assert_packed(packed, count, bits)
    if people is not None:
        people = np.asarray(people)
        chex.assert_rank(people, 1)
    if people is not None and people.size:
        chex.assert_type(people, int)
    total = packed.shape[0] if people is None else len(people)
    add = _add_bits if bits == 2 else _add_calls
    sums = np.zeros((3, 8 // bits * packed.shape[1]), np.int64)
    lefts = range(0, packed.shape[1], _STRIP)
    for strip, left in enumerate(lefts):
        octets = slice(left, left + _STRIP)
        for start in range(0, total, _PEOPLE):
            stop = min(start + _PEOPLE, total)
            who = slice(start, stop) if people is None else people[start:stop]
            add(packed[who, octets], sums[:, 8 // bits * left :])
            done = (strip * total + stop) // len(lefts)
            progress(done, total, "counting genotypes")
    low, high, both = sums[:, :count]
    counts = [total - low - high + both, low - both, high - both, both]
    return np.stack(counts, axis=1)


def count_missing(packed: np.ndarray, count: int, bits: int = 2) -> np.ndarray:
    """Missing hard calls of every person.

    Args:
      packed: uint8 [N, ceil(V / 4)], or [N, V] of 8 bits.
      count: V.
      bits: 2 or 8.

    Returns:
      int64 [N].
    """
    assert_packed(packed, count, bits)
    missing = np.zeros(packed.shape[0], np.int64)
    for start in range(0, packed.shape[0], _PEOPLE):
        octets = packed[start : start + _PEOPLE]
        lost = octets & (octets >> np.uint8(1)) & _LOW
        lost = np.bitwise_count(lost) if bits == 2 else BYTE_CALLS[octets] == MISSING
        missing[start : start + _PEOPLE] = lost.sum(axis=1, dtype=np.int64)
    return missing


def _add_calls(rows: np.ndarray, sums: np.ndarray) -> None:
    """As `_add_bits`, of the hard calls that 8-bit codes are near to."""
    codes = BYTE_CALLS[rows]
    for total, bits in zip(
        sums, (codes & 1, codes >> 1, codes == MISSING), strict=True
    ):
        total[: rows.shape[1]] += bits.sum(axis=0, dtype=np.int64)


def _add_bits(rows: np.ndarray, sums: np.ndarray) -> None:
    """Adds what `_sum_bits` finds, tile by tile, to the first columns of `sums`."""
    for left in range(0, rows.shape[1], _BYTES):
        octets = rows[:, left : left + _BYTES]
        sums[:, 4 * left : 4 * (left + octets.shape[1])] += _sum_bits(octets)


def _sum_bits(octets: np.ndarray) -> np.ndarray:
    """[3, 4 W] from at most 255 rows of [., W]: low bits, high bits, and both set."""
    low, high = octets & _LOW, (octets >> np.uint8(1)) & _LOW
    return np.stack([sum_fields(bits) for bits in (low, high, low & high)])


def sum_fields(bits: np.ndarray) -> np.ndarray:
    """Column sums of 2-bit fields that hold 0 or 1, widened step by step.

    Args:
      bits: uint8 [rows, W], at most 255 rows, whose fields hold 0 or 1.

    Returns:
      uint8 [4 W].
    """
    width = bits.shape[1]
    pairs = _sum_groups(bits, 3)
    halves = [(pairs >> np.uint8(2 * k)) & np.uint8(0x33) for k in (0, 1)]
    sums = np.empty((width, 4), np.uint8)
    for field, half in enumerate(halves):
        nibbles = _sum_groups(half, 5)
        sums[:, field] = (nibbles & np.uint8(15)).sum(axis=0, dtype=np.uint8)
        sums[:, field + 2] = (nibbles >> np.uint8(4)).sum(axis=0, dtype=np.uint8)
    return sums.reshape(-1)


def _sum_groups(rows: np.ndarray, size: int) -> np.ndarray:
    """Sums of every `size` adjacent rows, the last group padded with zeros."""
    padded = np.pad(rows, ((0, -len(rows) % size), (0, 0)))
    groups = padded.reshape(-1, size, rows.shape[1])
    return groups.sum(axis=1, dtype=np.uint8)
