"""Genotypes of any source, variant by variant as a `.bed` has them, strip by strip."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from gxjax.genotypes.bed_source import BedSource
from gxjax.genotypes.dosage_source import dosage_block
from gxjax.genotypes.packed import MISSING_BYTE, packed_width
from gxjax.genotypes.transpose import to_bed
from gxjax.types import Genotypes

__all__ = ["HET", "HOM_A1", "MISSING_CALL", "VariantStrips"]

HOM_A1, MISSING_CALL, HET = 0, 1, 2
"""2-bit codes of a `.bed`; 3 is two copies of the other allele."""

_STRIP = 1 << 25
_MOST = 4096
_DOSAGE = {
    2: np.array([2, np.nan, 1, 0]),
    8: np.append(np.arange(MISSING_BYTE) / 127, np.nan),
}


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
    def bits(self) -> int:
        """Of a code: 2 as in a `.bed`, or 8 where a source has dosages."""
        return self.genotypes.bits

    @property
    def places(self) -> np.ndarray:
        """int64 [n]: person i is code number places[i] of every row of a strip."""
        if isinstance(self.genotypes, BedSource) and self.bits == 2:
            return self.genotypes.kept_people[self.people]
        return np.arange(len(self.people))

    @property
    def width(self) -> int:
        """Bytes of a row of a strip; what is not in `places` has any bits."""
        if isinstance(self.genotypes, BedSource) and self.bits == 2:
            return self.genotypes.width
        return packed_width(len(self.people), self.bits)

    @property
    def codes(self) -> int:
        """Codes in a row of a strip, those not in `places` too."""
        return 8 // self.bits * self.width

    def __iter__(self) -> Iterator[np.ndarray]:
        """Strips uint8 [v, width] of adjacent variants, about 32 MiB at most."""
        total = len(self.genotypes.variants)
        read = packed_width(len(self.genotypes.samples), self.bits)
        widest = max(self.width, read if self.bits == 8 else 1)
        step = min(max(_STRIP // widest, 4) // 4 * 4, _MOST)
        for start in range(0, total, step):
            yield self._rows(start, min(start + step, total))

    def dosages(self, indices: np.ndarray) -> np.ndarray:
        """float64 [n, c], NaN missing: dosages of some variants, read one by one."""
        found = np.empty((len(self.people), len(indices)))
        for place, index in enumerate(indices):
            found[:, place] = self._dosage(int(index))
        return found

    def _rows(self, start: int, stop: int) -> np.ndarray:
        source = self.genotypes
        if isinstance(source, BedSource):
            if self.bits == 8:
                everybody = slice(0, len(source.samples))
                block = dosage_block(source, start, stop, everybody)
                return np.take(block, self.people, axis=1)
            pieces = source.pieces(start, stop)
            return np.concatenate([octets[rows] for octets, rows in pieces])
        if self.bits == 8:
            return np.ascontiguousarray(source.packed[self.people, start:stop].T)
        octets = slice(start // 4, packed_width(stop))
        return to_bed(source.packed[self.people, octets], stop - start)

    def _dosage(self, index: int) -> np.ndarray:
        if self.bits == 8:
            return _DOSAGE[8][self._rows(index, index + 1)[0]]
        row = self._rows(index // 4 * 4, index + 1)[-1]
        places = self.places
        shifts = (2 * (places % 4)).astype(np.uint8)
        return _DOSAGE[2][(row[places // 4] >> shifts) & np.uint8(3)]
