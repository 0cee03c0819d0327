"""The founder haplotypes that simulated cohorts are mosaics of."""

from __future__ import annotations

import functools
import lzma
from importlib import resources
from typing import NamedTuple

import numpy as np

__all__ = ["FounderPanel", "founder_panel"]


class FounderPanel(NamedTuple):
    """Haplotypes of 500 simulated Europeans at 20,000 variants; read-only.

    Attributes:
      haplotypes: uint8 [F, P] of 0 and 1, 1 = the founder's haplotype carries A1.
      chromosomes: text [P], in genomic order.
      positions: int64 [P], base pairs, increasing within a chromosome.
      alleles: text [P, 2], A1 (the minor one in the panel) and A2.
    """

    haplotypes: np.ndarray
    chromosomes: np.ndarray
    positions: np.ndarray
    alleles: np.ndarray


@functools.cache
def founder_panel() -> FounderPanel:
    """The panel shipped with the package, decompressed once per process.

    Made by `scripts/make_founder_panel.py` with msprime: five slices of 10 million base
    pairs, on each 4,000 variants of MAF >= 0.01, about 2.5 kb apart.

    Returns:
      A `FounderPanel` with F = 1,000 and P = 20,000.
    """
    resource = resources.files("gxjax.genotypes") / "founder_panel.npz"
    with resource.open("rb") as file, np.load(file, allow_pickle=False) as stored:
        chromosomes, positions = stored["chromosomes"], stored["positions"]
        alleles, founders = stored["alleles"], 2 * int(stored["people"])
        octets = lzma.decompress(stored["columns"].tobytes())
    columns = np.frombuffer(octets, np.uint8).reshape(len(positions), -1)
    columns = np.unpackbits(columns, axis=1, count=founders)
    haplotypes = np.concatenate(
        [
            _undo_prefix_order(columns[chromosomes == name])
            for name in _runs(chromosomes)
        ]
    )
    panel = FounderPanel(
        np.ascontiguousarray(haplotypes.T), chromosomes, positions, alleles
    )
    for array in panel:
        array.setflags(write=False)
    return panel


def _runs(names: np.ndarray) -> list[str]:
    return list(dict.fromkeys(names.tolist()))


def _undo_prefix_order(columns: np.ndarray) -> np.ndarray:
    """[P, F] in founder order from columns sorted by the reversed prefixes before them.

    Durbin, "Efficient haplotype matching and storage using the positional
    Burrows-Wheeler transform", 2014, https://doi.org/10.1093/bioinformatics/btu014.
    """
    order = np.arange(columns.shape[1])
    haplotypes = np.empty_like(columns)
    for index, column in enumerate(columns):
        haplotypes[index, order] = column
        ones = column.astype(bool)
        order = np.concatenate([order[~ones], order[ones]])
    return haplotypes
