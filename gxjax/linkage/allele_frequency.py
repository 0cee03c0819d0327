"""Allele frequencies that men on X, Y and MT enter by their copies."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from gxjax.genotypes.bed_counts import count_bed_codes
from gxjax.genotypes.bed_source import BedSource
from gxjax.linkage.copy_groups import copy_groups
from gxjax.linkage.window import chromosome_runs
from gxjax.types import Progress, silent

__all__ = ["AlleleFrequency", "allele_frequency"]


class AlleleFrequency(NamedTuple):
    """What is said of each variant by those who are counted.

    Attributes:
      frequency: float64 [V], of A1; NaN where nobody is called.
      varies: bool [V], whether there are two genotypes at least; a heterozygous call of
        who has one copy is none.
    """

    frequency: np.ndarray
    varies: np.ndarray


def allele_frequency(
    source: BedSource, people: np.ndarray, progress: Progress = silent
) -> AlleleFrequency:
    """Counts the calls of some people, in one pass over the files.

    As in PLINK 2 a heterozygous call of who has one copy is half a copy of A1 here.

    Args:
      source: N people, V variants.
      people: bool [N], who is counted.
      progress: called with variants done, V.
    """
    runs = chromosome_runs(source.variants)
    wanted = [(run, copy_groups(run.name, source.samples, people)) for run in runs]
    # Runs share groups: all autosomes have one.
    masks = {g.people.tobytes(): g.people for _, groups in wanted for g in groups}
    counted = count_bed_codes(source, list(masks.values()), progress)
    counts = dict(zip(masks, counted, strict=True))
    total = len(source.variants)
    copies, calls = np.zeros(total), np.zeros(total)
    genotypes = np.zeros((total, 3), bool)
    for run, groups in wanted:
        rows = slice(run.start, run.stop)
        for group in groups:
            none, one, two, _ = counts[group.people.tobytes()][rows].T
            copies[rows] += group.weight * (one + 2 * two)
            calls[rows] += group.weight * 2 * (none + one + two)
            heterozygous = one if not group.haploid else np.zeros_like(one)
            genotypes[rows] |= np.stack([none, heterozygous, two], axis=1) > 0
    frequency = np.divide(copies, calls, out=np.full(total, np.nan), where=calls > 0)
    return AlleleFrequency(frequency, genotypes.sum(axis=1) > 1)
