"""Sums over people for pairs of variants, straight from 2-bit bytes."""

from __future__ import annotations

from functools import partial
from typing import NamedTuple

import chex
import jax
import numpy as np

from gxjax.genotypes.bed_source import BedSource
from gxjax.genotypes.packed import pack
from gxjax.linkage.copy_groups import CopyGroup, copy_groups
from gxjax.linkage.device_sums import device_product_sums
from gxjax.linkage.host_sums import host_pair_sums, host_product_sums
from gxjax.linkage.packed_source import PackedSource

__all__ = ["PairSummer", "PairSums"]

# Sums of float32 are exact below 2**24; the largest is 4 a person, of weight 2 at most.
_MOST_PEOPLE = 1 << 21


class PairSums(NamedTuple):
    """Weighted sums over the people who have a call at both variants of a pair.

    All float64 of one shape, and whole numbers. x and y are the copies of A1 at the
    first and the second variant.

    Attributes:
      n: weights.
      x: copies at the first.
      y: copies at the second.
      het_x: people heterozygous at the first.
      het_y: people heterozygous at the second.
      xy: products of the copies.
      het_xy: people heterozygous at both; 0 unless asked for.
    """

    n: np.ndarray
    x: np.ndarray
    y: np.ndarray
    het_x: np.ndarray
    het_y: np.ndarray
    xy: np.ndarray
    het_xy: np.ndarray


class PairSummer:
    """Reads variants of a source, and sums pairs of them.

    Where there are accelerators they take turns; else the host does it. The sums are
    exact on either: products and sums of small whole numbers.
    """

    def __init__(self, source: BedSource | PackedSource, people: np.ndarray):
        """Keeps who takes part.

        Args:
          source: N people, V variants.
          people: bool [N].

        Raises:
          ValueError: nobody takes part, or more than 2 million people do.
        """
        count = int(np.count_nonzero(people))
        if not 0 < count <= _MOST_PEOPLE:
            raise ValueError(
                f"people: {count} take part in the correlations; expected 1 to "
                f"{_MOST_PEOPLE}"
            )
        self._source, self._people = source, people
        self._groups: dict[str, list[tuple[np.ndarray, CopyGroup]]] = {}
        self._calls = 0

    def read(self, variants: np.ndarray) -> np.ndarray:
        """uint8 [v, width]: increasing variants as they are in the `.bed` files."""
        found = np.empty((len(variants), self._source.width), np.uint8)
        if not len(variants):
            return found
        first, top = int(variants[0]), 0
        for octets, rows in self._source.pieces(first, int(variants[-1]) + 1):
            places = np.arange(len(octets))[rows]
            bottom = np.searchsorted(variants, first + len(places))
            here = places[variants[top:bottom] - first]
            found[top:bottom] = octets[here]
            first, top = first + len(places), int(bottom)
        return found

    def products(
        self, rows: np.ndarray, columns: np.ndarray, chromosome: str, both: bool = False
    ) -> PairSums:
        """The sums of every pair of two sets of variants of a chromosome.

        Args:
          rows: uint8 [R, width], of `read`.
          columns: uint8 [C, width].
          chromosome: name of a `ChromosomeRun`: who counts how much.
          both: whether het_xy is wanted.

        Returns:
          `PairSums` [R, C].
        """
        product_sums = host_product_sums
        if _is_accelerated():
            devices = jax.local_devices()
            device = devices[self._calls % len(devices)]
            self._calls += 1
            product_sums = partial(device_product_sums, device=device)
        total = np.zeros((len(PairSums._fields), len(rows), len(columns)))
        for mask, group in self._masks(chromosome):
            sums = product_sums(rows, columns, mask, group.haploid, both)
            total += group.weight * sums
        return PairSums(*total)

    def pairs(self, first: np.ndarray, second: np.ndarray, chromosome: str) -> PairSums:
        """The sums [P] of pairs of rows, uint8 [P, width] each; as of `products`."""
        chex.assert_equal_shape([first, second])
        total = np.zeros((len(PairSums._fields), len(first)))
        for mask, group in self._masks(chromosome):
            sums = host_pair_sums(first, second, mask, group.haploid)
            total += group.weight * sums
        return PairSums(*total)

    def _masks(self, chromosome: str) -> list[tuple[np.ndarray, CopyGroup]]:
        if chromosome not in self._groups:
            groups = copy_groups(chromosome, self._source.samples, self._people)
            self._groups[chromosome] = [(self._mask(g.people), g) for g in groups]
        return self._groups[chromosome]

    def _mask(self, people: np.ndarray) -> np.ndarray:
        """uint8 [width]: 01 at the people's places in the files."""
        ones = np.zeros((1, 4 * self._source.width), np.uint8)
        ones[0, self._source.kept_people[people]] = 1
        return pack(ones)[0]


def _is_accelerated() -> bool:
    return jax.default_backend() != "cpu"
