"""Sums over people for pairs of variants on the host, from 2-bit bytes.

One dense product per block of pairs is left: missing calls are few, so all sums but
that of the products are those of each variant alone, less what the people add who lack
a call at the other one.
"""

from __future__ import annotations

from functools import cached_property

import jax
import numpy as np
from scipy.sparse import csr_array

__all__ = ["host_pair_sums", "host_product_sums"]

_WORD = 8
_ONE, _LOW = np.uint64(1), np.uint64(0x5555555555555555)
_SHIFTS = np.arange(0, 8, 2, dtype=np.uint8)
# 8192 people: their dosages of a few hundred variants stay in the cache, their sums fit
# the fields below, and float32 has them exactly.
_TILE = 8192 // 4
_FIELD = 14
# From this share of missing calls on dense products cost less than sparse ones.
_FREQUENT = 0.05
_FEW, _MANY = 8, 32
_LINE = 64
_COPY, _HET, _LOST = 1 << 2 * _FIELD, 1 << _FIELD, 1
_HAPLOID = ((2, 0, 0, 0), (0, 0, 0, 0), (0, 1, 1, 0))
_DIPLOID = ((2, 0, 1, 0), (0, 0, 1, 0), (0, 1, 0, 0))


class _Variants:
    """Variants of some people, uint8 [v, bytes] of a whole number of words."""

    def __init__(self, octets: np.ndarray, mask: np.ndarray, haploid: bool):
        words = _words(octets)
        # Who takes no part is as who has two copies of A2: called, and adds nothing.
        words |= ~(np.uint64(3) * _words(mask[None, :]))
        low, high = words & _LOW, (words >> _ONE) & _LOW
        self.octets = words.view(np.uint8)
        self.hom = ~(low | high) & _LOW
        self.lost = low ^ high if haploid else low & ~high
        self.het = np.zeros_like(low) if haploid else high & ~low
        self.values = np.array(_HAPLOID if haploid else _DIPLOID, np.float32)

    @cached_property
    def counts(self) -> np.ndarray:
        """float64 [3, v]: copies, heterozygous and lost calls."""
        het = _count(self.het)
        return np.stack([2 * _count(self.hom) + het, het, _count(self.lost)])

    def tile(self, start: int, kind: int) -> np.ndarray:
        """float32 [grown v, people]: copies (0), whether heterozygous (1), lost (2)."""
        octets = self.octets[:, start : start + _TILE]
        table = self.values[kind][(np.arange(256)[:, None] >> _SHIFTS[None, :]) & 3]
        found = _aligned(_grown(len(octets)), 4 * octets.shape[1])
        found[len(octets) :] = 0
        places = found[: len(octets)].reshape(*octets.shape, 4)
        np.take(table, octets, axis=0, out=places, mode="clip")
        return found


def _words(octets: np.ndarray) -> np.ndarray:
    """uint64 [v, .], a copy."""
    found = np.zeros((len(octets), -(-octets.shape[1] // _WORD) * _WORD), np.uint8)
    found[:, : octets.shape[1]] = octets
    return found.view(np.uint64)


def _count(words: np.ndarray) -> np.ndarray:
    """float64 [v]: ones in each row."""
    return np.bitwise_count(words).sum(axis=1, dtype=np.int32).astype(np.float64)


def _grown(count: int) -> int:
    """One of a few sizes: every size is a program to compile."""
    return _FEW if count <= _FEW else -(-count // _MANY) * _MANY


def _aligned(rows: int, columns: int) -> np.ndarray:
    """float32 [rows, columns], of anything, where JAX takes it without a copy."""
    octets = np.empty(4 * rows * columns + _LINE, np.uint8)
    start = -octets.ctypes.data % _LINE
    return (
        octets[start : len(octets) - _LINE + start].view(np.float32).reshape(rows, -1)
    )


@jax.jit
def _product(left: jax.Array, right: jax.Array) -> jax.Array:
    # Not numpy's: threads of a BLAS that share cores with other work wait for each
    # other far longer than the product takes.
    return left @ right.T


def host_product_sums(
    rows: np.ndarray, columns: np.ndarray, mask: np.ndarray, haploid: bool, both: bool
) -> np.ndarray:
    """The sums of `PairSums` of every row with every column.

    Args:
      rows: uint8 [R, width], codes of a `.bed`.
      columns: uint8 [C, width].
      mask: uint8 [width], 01 at who takes part.
      haploid: whether a heterozygous call counts as none.
      both: whether the last of the sums is wanted; else it is 0.

    Returns:
      float64 [7, R, C].
    """
    x, y = (_Variants(each, mask, haploid) for each in (rows, columns))
    found = np.zeros((7, len(rows), len(columns)))
    n, sum_x, sum_y, het_x, het_y, xy, het_xy = found
    n += _count(_words(mask[None, :])) - x.counts[2][:, None] - y.counts[2][None, :]
    sum_x += x.counts[0][:, None]
    sum_y += y.counts[0][None, :]
    het_x += x.counts[1][:, None]
    het_y += y.counts[1][None, :]
    for start in range(0, x.octets.shape[1], _TILE):
        copies = _product(x.tile(start, 0), y.tile(start, 0))
        copies_y, hets_y, twice = _at_lost(x, y, start)
        sum_y -= copies_y
        het_y -= hets_y
        n += twice
        copies_x, hets_x, _ = _at_lost(y, x, start)
        sum_x -= copies_x.T
        het_x -= hets_x.T
        xy += _part(copies, found)
        if both:
            het_xy += _part(_product(x.tile(start, 1), y.tile(start, 1)), found)
    return found


def _part(grown: jax.Array, like: np.ndarray) -> np.ndarray:
    return np.asarray(grown)[: like.shape[1], : like.shape[2]]


def _at_lost(at: _Variants, others: _Variants, start: int) -> np.ndarray:
    """Sums over the people of a tile whose call is lost, of their calls at others.

    Args:
      at: R variants, where the calls are lost.
      others: C variants.
      start: first byte of the tile.

    Returns:
      [3, R, C]: copies, heterozygous and lost calls at the others.
    """
    lost = at.lost.view(np.uint8)[:, start : start + _TILE]
    share = np.count_nonzero(lost) / lost.size / len(_SHIFTS)
    if share > _FREQUENT:
        dense, like = at.tile(start, 2), np.empty((3, len(lost), len(others.octets)))
        products = [_product(dense, others.tile(start, kind)) for kind in range(3)]
        return np.stack([_part(each, like) for each in products])
    row, person = _ones(lost)
    here = np.zeros(4 * lost.shape[1], bool)
    here[person] = True
    used = np.flatnonzero(here)
    bounds = np.searchsorted(row, np.arange(len(lost) + 1))
    entries = np.ones(len(row)), (np.cumsum(here) - 1)[person], bounds
    sparse = csr_array(entries, shape=(len(lost), len(used)))
    sums = (sparse @ _fields(others, start, used)).astype(np.int64)
    top = (1 << _FIELD) - 1
    return np.stack([sums >> 2 * _FIELD, (sums >> _FIELD) & top, sums & top])


def _ones(octets: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Rows and people of the 01 in uint8 [R, bytes], in this order."""
    places = np.flatnonzero(octets != 0)
    bits = (octets.reshape(-1)[places][:, None] >> _SHIFTS[None, :]) & np.uint8(1)
    which, shift = np.nonzero(bits)
    row, byte = np.divmod(places[which], octets.shape[1])
    return row, 4 * byte + shift


def _fields(variants: _Variants, start: int, people: np.ndarray) -> np.ndarray:
    """float64 [people, v]: copies, heterozygous and lost in one number each."""
    shifts = (2 * (people & 3)).astype(np.uint8)[:, None]
    octets = variants.octets.T[start + (people >> 2)]
    values = np.array([_COPY, _HET, _LOST]) @ variants.values.astype(np.float64)
    return np.take(values, (octets >> shifts) & np.uint8(3))


def host_pair_sums(
    first: np.ndarray, second: np.ndarray, mask: np.ndarray, haploid: bool
) -> np.ndarray:
    """The sums [7, P] of `PairSums` of pairs of rows, uint8 [P, width] each."""
    x, y = (_Variants(each, mask, haploid) for each in (first, second))
    het_x, het_y = _count(x.het & ~y.lost), _count(y.het & ~x.lost)
    het_xy = _count(x.het & y.het)
    sums = [
        _count(_words(mask[None, :]) & ~x.lost & ~y.lost),
        2 * _count(x.hom & ~y.lost) + het_x,
        2 * _count(y.hom & ~x.lost) + het_y,
        het_x,
        het_y,
        4 * _count(x.hom & y.hom)
        + 2 * (_count(x.hom & y.het) + _count(x.het & y.hom))
        + het_xy,
        het_xy,
    ]
    return np.stack(sums)
