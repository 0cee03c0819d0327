"""What filters ask of genotypes: a matrix, a store, or `.bed` files yet unread."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

import numpy as np

from gxjax.genotypes.bed_counts import count_bed_codes, count_bed_missing
from gxjax.genotypes.bed_source import BedSource
from gxjax.genotypes.counts import count_codes, count_missing
from gxjax.genotypes.dosage_source import sum_bed_dosages
from gxjax.genotypes.dosage_sums import DosageSums, sum_dosages
from gxjax.genotypes.packed import packed_width, select_variants
from gxjax.types import Genotypes, Progress

__all__ = [
    "Filtered",
    "codes_of_variants",
    "dosages_of_variants",
    "missing_of_people",
    "subset",
]

Filtered = TypeVar("Filtered", Genotypes, BedSource)
"""What can be filtered, and comes out as what it was."""

_BYTES = 1 << 26


def missing_of_people(
    genotypes: Genotypes | BedSource,
    people: np.ndarray,
    variants: np.ndarray,
    progress: Progress,
) -> np.ndarray:
    """Missing calls of some people over some variants.

    Args:
      genotypes: N people, V variants.
      people: increasing int64 [n], rows of the samples.
      variants: increasing int64 [v], rows of the variants.
      progress: called with variants done, v, of a `BedSource` alone.

    Returns:
      int64 [n].
    """
    if isinstance(genotypes, BedSource):
        return count_bed_missing(genotypes.select(people, variants), progress)
    blocks = [
        count_missing(_rows(genotypes, part, variants), len(variants), genotypes.bits)
        for part in _blocks(people, genotypes.packed.shape[1])
    ]
    return np.concatenate(blocks)


def codes_of_variants(
    genotypes: Genotypes | BedSource,
    groups: Sequence[np.ndarray],
    variants: np.ndarray,
    progress: Progress,
) -> list[np.ndarray]:
    """Genotype counts of some variants in several groups of people.

    Files are read once for all groups, a matrix once for each.

    Args:
      genotypes: N people, V variants.
      groups: increasing int64 [n] each, rows of the samples.
      variants: increasing int64 [v], rows of the variants.
      progress: called with people done, n; of a `BedSource` with variants done, v.

    Returns:
      int64 [v, 4] per group: people with code 0, 1, 2 and missing.
    """
    if isinstance(genotypes, BedSource):
        source = genotypes.select(variants=variants)
        return count_bed_codes(source, _masks(genotypes, groups), progress)
    packed, total = genotypes.packed, len(genotypes.variants)
    return [
        count_codes(packed, total, group, progress, genotypes.bits)[variants]
        for group in groups
    ]


def dosages_of_variants(
    genotypes: Genotypes | BedSource,
    groups: Sequence[np.ndarray],
    variants: np.ndarray,
    progress: Progress,
) -> list[DosageSums]:
    """What 8-bit genotypes sum up to; arguments as of `codes_of_variants`.

    Returns:
      `DosageSums` of v variants per group.
    """
    if isinstance(genotypes, BedSource):
        source = genotypes.select(variants=variants)
        return sum_bed_dosages(source, _masks(genotypes, groups), progress)
    packed, total = genotypes.packed, len(genotypes.variants)
    found = [sum_dosages(packed, total, group, progress) for group in groups]
    return [DosageSums(*(each[variants] for each in sums)) for sums in found]


def _masks(genotypes: BedSource, groups: Sequence[np.ndarray]) -> list[np.ndarray]:
    masks = [np.zeros(len(genotypes.samples), bool) for _ in groups]
    for mask, group in zip(masks, groups, strict=True):
        mask[group] = True
    return masks


def subset(genotypes: Filtered, people: np.ndarray, variants: np.ndarray) -> Filtered:
    """Some people and variants, in the old order; of files nothing is read.

    Args:
      genotypes: N people, V variants.
      people: increasing int64 [n], rows of the samples.
      variants: increasing int64 [v], rows of the variants.
    """
    if isinstance(genotypes, BedSource):
        return genotypes.select(people, variants)
    packed, table, samples, bits = genotypes
    selected = np.empty((len(people), packed_width(len(variants), bits)), np.uint8)
    start = 0
    for part in _blocks(people, packed.shape[1]):
        rows = _rows(genotypes, part, variants)
        selected[start : start + len(part)] = rows
        start += len(part)
    return Genotypes(
        selected,
        table.iloc[variants].reset_index(drop=True),
        samples.iloc[people].reset_index(drop=True),
        bits,
    )


def _blocks(people: np.ndarray, width: int) -> list[np.ndarray]:
    """The people, as many at a time as have 64 MiB of packed genotypes."""
    step = max(1, _BYTES // max(width, 1))
    return [people[start : start + step] for start in range(0, len(people), step)]


def _rows(genotypes: Genotypes, people: np.ndarray, variants: np.ndarray) -> np.ndarray:
    """Packed genotypes of some people at some variants."""
    rows, total = genotypes.packed[people], len(genotypes.variants)
    if len(variants) == total:
        return rows
    return select_variants(rows, total, variants, genotypes.bits)
