"""Missing calls of people, who are expected to have none on Y unless male."""

from __future__ import annotations

import numpy as np

from gxjax.cohort.chromosome import CHR_Y
from gxjax.cohort.filter_counts import missing_of_people
from gxjax.genotypes.bed_source import BedSource
from gxjax.types import Genotypes, Progress

__all__ = ["count_missing_calls"]


def count_missing_calls(
    genotypes: Genotypes | BedSource,
    people: np.ndarray,
    variants: np.ndarray,
    kind: np.ndarray,
    progress: Progress,
) -> tuple[np.ndarray, np.ndarray]:
    """Missing calls, and calls that there could be, of some people at some variants.

    Args:
      genotypes: N people, V variants.
      people: increasing int64 [n], rows of the samples.
      variants: increasing int64 [v], rows of the variants.
      kind: int8 [V], of `copy_numbers`.
      progress: as of `missing_of_people`.

    Returns:
      int64 [n] twice. A heterozygous haploid call is a call.
    """
    on_y = kind[variants] == CHR_Y
    male = genotypes.samples["SEX"].to_numpy()[people] == 1
    missing = np.zeros(len(people), np.int64)
    if not on_y.all():
        some = variants[~on_y]
        missing += missing_of_people(genotypes, people, some, progress)
    if on_y.any() and male.any():
        some = variants[on_y]
        missing[male] += missing_of_people(genotypes, people[male], some, progress)
    return missing, np.where(male, len(variants), (~on_y).sum())
