"""Chromosome codes as PLINK 2 reads them, and how many copies a person has."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd

from gxjax.genotypes import BedSource
from gxjax.genotypes.tables import HUMAN, table_beside
from gxjax.types import Genotypes

__all__ = [
    "AUTOSOMAL",
    "CHR_X",
    "CHR_Y",
    "DIPLOID",
    "HAPLOID",
    "chromosome_names",
    "chromosomes_of",
    "copy_numbers",
]

AUTOSOMAL, DIPLOID, CHR_X, CHR_Y, HAPLOID = range(5)
"""Two copies, on an autosome or not; one in males; one, in males only; always one."""

_MOST = 95
_LETTERS = {"X": "X", "Y": "Y", "XY": "XY", "MT": "MT", "M": "MT"}
_KINDS = {"X": CHR_X, "Y": CHR_Y, "MT": HAPLOID}


def chromosome_names(chromosomes: pd.Series, chr_set: int = HUMAN) -> pd.Series:
    """One spelling per chromosome: `1` to N, `X`, `Y`, `XY`, `MT`, `PAR1`, `PAR2`, `0`.

    Of N autosomes, N + 1 to N + 4 are X, Y, XY and MT; of humans 27 and 28 are PAR1 and
    PAR2. A prefix `chr` and leading zeros are dropped, and letters may be small.
    Contigs (`GL000192.1`) stay as they are, as with PLINK 2's --allow-extra-chr.

    Args:
      chromosomes: text [V], as in a `.bim`.
      chr_set: N, the species' autosomes; no haploid species.

    Returns:
      text [V] with the same index.

    Raises:
      ValueError: N is not 1 to 95, or a number is no chromosome of the species.
    """
    if not 1 <= chr_set <= _MOST:
        raise ValueError(
            f"chr_set is {chr_set}; expected the number of autosomes, 1 to {_MOST}"
        )
    text = chromosomes.astype(str)
    return text.map({name: _name(name, chr_set) for name in text.unique()})


def chromosomes_of(genotypes: Genotypes | BedSource, chr_set: int = HUMAN) -> pd.Series:
    """`chromosome_names` of the variants, whose error names the file and the variant.

    Args:
      genotypes: V variants.
      chr_set: as of `chromosome_names`.

    Returns:
      text [V] with the index of the variant table.

    Raises:
      ValueError: as `chromosome_names`.
    """
    found = genotypes.variants["CHROM"]
    first = found.reset_index(drop=True).drop_duplicates()
    for row, spelling in first.items():
        try:
            chromosome_names(pd.Series([spelling]), chr_set)
        except ValueError as error:
            raise ValueError(f"{_place(genotypes, int(str(row)))}: {error}") from error
    return chromosome_names(found, chr_set)


def _place(genotypes: Genotypes | BedSource, row: int) -> str:
    """Where a row of the variant table comes from, for a message."""
    name = genotypes.variants["ID"].iloc[row]
    if not isinstance(genotypes, BedSource):
        return f"variant {row + 1} (ID {name})"
    number = int(genotypes.kept_variants[row])
    file = int(np.searchsorted(genotypes.first, number, side="right")) - 1
    bim = table_beside(genotypes.beds[file].with_suffix(""), ".bim")
    return f"{bim}, variant {number - int(genotypes.first[file]) + 1} (ID {name})"


def copy_numbers(names: pd.Series) -> np.ndarray:
    """How many copies of each variant a person has.

    Args:
      names: text [V], of `chromosome_names`.

    Returns:
      int8 [V] of AUTOSOMAL, DIPLOID (XY, PAR1, PAR2, 0 and contigs), CHR_X, CHR_Y and
      HAPLOID (MT).
    """
    kinds = {
        name: _KINDS.get(name, AUTOSOMAL if _is_autosome(name) else DIPLOID)
        for name in names.unique()
    }
    return names.map(kinds).to_numpy(np.int8)


def _is_autosome(name: str) -> bool:
    return re.fullmatch("[1-9][0-9]*", name) is not None


def _name(spelling: str, chr_set: int) -> str:
    short = re.sub(r"^CHR", "", spelling.upper())
    short = re.sub(r"^0+(?=.)", "", short)
    if short in _LETTERS:
        return _LETTERS[short]
    if short in ("PAR1", "PAR2"):
        return short
    if not re.fullmatch("[0-9]+", short):
        return spelling
    number = int(short)
    if number <= chr_set:
        return short
    others = ["X", "Y", "XY", "MT", *(["PAR1", "PAR2"] if chr_set == HUMAN else [])]
    if number > chr_set + len(others):
        raise ValueError(
            f"CHROM: {spelling!r} is no chromosome of a species with {chr_set} "
            f"autosomes; expected 0 to {chr_set + len(others)}, X, Y, XY or MT. For "
            "another species say how many autosomes it has (--chr_set)"
        )
    return others[number - chr_set - 1]
