"""Who counts how much in a correlation, where men may have one copy of a variant."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd

__all__ = ["CopyGroup", "copy_groups", "founders", "is_diploid"]


class CopyGroup(NamedTuple):
    """People who have as many copies of a chromosome.

    Attributes:
      people: bool [N].
      weight: how much each of them counts.
      haploid: whether a heterozygous call of theirs is an error, and counts as missing.
    """

    people: np.ndarray
    weight: int
    haploid: bool


def founders(samples: pd.DataFrame) -> np.ndarray:
    """bool [N]: whose father and mother are both "0", as PLINK counts founders."""
    return (samples[["PAT", "MAT"]] == "0").all(axis=1).to_numpy()


def is_diploid(chromosome: str) -> bool:
    """Whether everybody has two copies."""
    return chromosome not in ("X", "Y", "MT")


def copy_groups(
    chromosome: str, samples: pd.DataFrame, people: np.ndarray
) -> tuple[CopyGroup, ...]:
    """PLINK 2's weights: a man counts half on X, and nobody but men on Y.

    People of unknown sex count as women do on X.

    Args:
      chromosome: name of a `ChromosomeRun`.
      samples: N rows with SEX, 1 male.
      people: bool [N], who takes part.
    """
    if is_diploid(chromosome):
        return (CopyGroup(people, 1, False),)
    if chromosome == "MT":
        return (CopyGroup(people, 1, True),)
    male = samples["SEX"].to_numpy() == 1
    men = CopyGroup(people & male, 1, True)
    if chromosome == "Y":
        return (men,)
    return (CopyGroup(people & ~male, 2, False), men)
