"""Genotypes of any source, variant by variant as a `.bed` has them, strip by strip."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from gxjax.genotypes.bed_source import BedSource
from gxjax.genotypes.packed import packed_width
from gxjax.genotypes.transpose import to_bed
from gxjax.types import Genotypes

__all__ = ["HET", "HOM_A1", "MISSING_CALL", "VariantStrips"]

HOM_A1, MISSING_CALL, HET = 0, 1, 2
"""2-bit codes of a `.bed`; 3 is two copies of the other allele."""

_STRIP = 1 << 25
_MOST = 4096


@dataclass(frozen=True)
class VariantStrips:
    """Some people's genotypes, variant-major.

    Attributes:
      genotypes: N people, V variants.
      people: integers [n], rows of `genotypes.samples`.
    """

    genotypes: Genotypes | BedSource
    people: np.ndarray

    @property
    def places(self) -> np.ndarray:
        """int64 [n]: person i is 2 bits number places[i] of every row of a strip."""
        if isinstance(self.genotypes, BedSource):
            return self.genotypes.kept_people[self.people]
        return np.arange(len(self.people))

    @property
    def width(self) -> int:
        """Bytes of a row of a strip; what is not in `places` has any bits."""
        if isinstance(self.genotypes, BedSource):
            return self.genotypes.width
        return packed_width(len(self.people))

    def __iter__(self) -> Iterator[np.ndarray]:
        """Strips uint8 [v, width] of adjacent variants, about 32 MiB at most."""
        total = len(self.genotypes.variants)
        step = min(max(_STRIP // max(self.width, 1), 4) // 4 * 4, _MOST)
        for start in range(0, total, step):
            stop = min(start + step, total)
            if isinstance(self.genotypes, BedSource):
                pieces = self.genotypes.pieces(start, stop)
                yield np.concatenate([octets[rows] for octets, rows in pieces])
            else:
                octets = slice(start // 4, packed_width(stop))
                yield to_bed(self.genotypes.packed[self.people, octets], stop - start)

    def columns(self, indices: np.ndarray) -> np.ndarray:
        """Codes uint8 [n, c] of a `.bed` of some variants, read one by one."""
        found = np.empty((len(self.people), len(indices)), np.uint8)
        for place, index in enumerate(indices):
            found[:, place] = self._column(int(index))
        return found

    def _column(self, index: int) -> np.ndarray:
        if isinstance(self.genotypes, BedSource):
            piece = self.genotypes.pieces(index, index + 1)[0]
            row = piece.octets[piece.rows][0]
        else:
            octet = slice(index // 4, index // 4 + 1)
            row = to_bed(self.genotypes.packed[self.people, octet], index % 4 + 1)[-1]
        places = self.places
        return (row[places // 4] >> (2 * (places % 4)).astype(np.uint8)) & np.uint8(3)
