"""Packed genotypes of some people, variant by variant, as a source of `.bed` bytes."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from gxjax.genotypes.hard_calls import BYTE_CALLS
from gxjax.genotypes.packed import pack, packed_width
from gxjax.genotypes.transpose import Piece, to_bed
from gxjax.types import Genotypes

__all__ = ["PackedSource"]

_STRIP_BYTES = 1 << 26
_FEWEST_VARIANTS = 256
# A chunk of a store is as many bytes wide: narrower strips read it again and again.
_MOST_BYTES = 8192
_STRIPS = 2


@dataclass(eq=False)
class PackedSource:
    """What `window_r2` needs of a `BedSource`, of genotypes that are packed by person.

    Strips of variants are turned over as they are asked for, and the last two are kept:
    some 128 MB. Of 8-bit dosages, those within 0.1 of 0, 1 or 2 count as calls, and
    others as missing, as in PLINK 2.

    Attributes:
      genotypes: of N people, V variants; a matrix or a store.
      people: increasing int64 [n], the people taken.
      variants: table of V rows.
      samples: table of n rows.
      kept_people: 0 to n - 1.
      width: bytes of a variant.
    """

    genotypes: Genotypes
    people: np.ndarray
    variants: pd.DataFrame = field(init=False)
    samples: pd.DataFrame = field(init=False)
    kept_people: np.ndarray = field(init=False)
    width: int = field(init=False)
    _strips: dict[int, np.ndarray] = field(init=False, default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        self.variants = self.genotypes.variants
        self.samples = self.genotypes.samples.iloc[self.people].reset_index(drop=True)
        self.kept_people = np.arange(len(self.people))
        self.width = packed_width(len(self.people))

    def pieces(self, start: int, stop: int) -> list[Piece]:
        """Variants number `start` to `stop`, of all n people."""
        wide = self._variants_of_strip()
        found = []
        for number in range(start // wide, -(-stop // wide)):
            first = number * wide
            rows = slice(max(start - first, 0), min(stop - first, wide))
            found.append(Piece(self._strip(number)[rows], slice(None)))
        return found

    def _variants_of_strip(self) -> int:
        octets = min(_STRIP_BYTES // len(self.people), _MOST_BYTES)
        return max(octets * 8 // self.genotypes.bits // 4 * 4, _FEWEST_VARIANTS)

    def _strip(self, number: int) -> np.ndarray:
        """uint8 [variants, width]; the last `_STRIPS` of them are kept."""
        if number not in self._strips:
            while len(self._strips) >= _STRIPS:
                del self._strips[next(iter(self._strips))]
            self._strips[number] = self._turned(number * self._variants_of_strip())
        return self._strips[number]

    def _turned(self, start: int) -> np.ndarray:
        packed, variants, _, bits = self.genotypes
        stop = min(start + self._variants_of_strip(), len(variants))
        octets = slice(start * bits // 8, packed_width(stop, bits))
        rows = packed[self.people, octets]
        if bits == 8:
            rows = pack(BYTE_CALLS[rows])
        return to_bed(rows, stop - start)
