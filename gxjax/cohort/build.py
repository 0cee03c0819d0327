"""From filtered genotypes, a phenotype and covariates to a `Cohort`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import chex
import numpy as np
import pandas as pd

from gxjax.cohort.encoding import fit_encoding
from gxjax.cohort.participants import Participants, choose_participants
from gxjax.cohort.trait import Transform
from gxjax.genotypes.counts import count_codes
from gxjax.genotypes.dosage_sums import sum_dosages
from gxjax.types import TRAIN, Cohort, Genotypes, Progress, silent

__all__ = ["build_cohort", "join_cohort"]


def build_cohort(
    genotypes: Genotypes,
    phenotype_table: pd.DataFrame,
    covariate_table: pd.DataFrame | None = None,
    *,
    seed: int,
    fractions: Sequence[float] = (0.8, 0.1, 0.1),
    impute: Literal["mean", "mode", "zero"] = "mean",
    transform: Transform = "zscore",
    name: str | None = None,
) -> tuple[Cohort, list[str]]:
    """Drops people without values, splits, adjusts the phenotype, fits the encoding.

    Whatever is fitted (covariate effects, mean and deviation, allele frequencies) is
    fitted on TRAIN people alone. Where people are dropped, the others' genotypes are
    copied in memory. To leave them in a store, say who stays when it is built:
    `choose_participants`, `build_store`, `count_bed_codes`, `join_cohort`.

    Args:
      genotypes: after quality control.
      phenotype_table: as `read_phenotype` returns it.
      covariate_table: as `read_covariates` returns it; None for no covariates.
      seed: of the split.
      fractions: of TRAIN, VALIDATION and TEST.
      impute: what stands for a missing call; see `fit_encoding`.
      transform: of a quantitative phenotype; see `make_phenotype`.
      name: the phenotype's name; None takes the column's.

    Returns:
      The cohort, and notes: sentences on what was dropped or read in a special way.

    Raises:
      ValueError: ids do not meet, nobody has all values, a part of the split is empty,
        or what `make_phenotype` refuses.
    """
    participants = choose_participants(
        genotypes.samples,
        phenotype_table,
        covariate_table,
        seed=seed,
        fractions=fractions,
        transform=transform,
        name=name,
    )
    kept = _keep_people(genotypes, participants.rows)
    train = np.flatnonzero(participants.split == TRAIN)
    counts = count_codes(kept.packed, len(kept.variants), train, bits=kept.bits)
    return join_cohort(kept, participants, counts, impute)


def join_cohort(
    genotypes: Genotypes,
    participants: Participants,
    counts: np.ndarray,
    impute: Literal["mean", "mode", "zero"] = "mean",
    progress: Progress = silent,
) -> tuple[Cohort, list[str]]:
    """Puts people and their genotypes together, and fits the encoding.

    Reads nothing of hard calls; dosages of TRAIN people once, for their mean.

    Args:
      genotypes: of the N participants and nobody else, in their order; V variants.
      participants: `Participants`.
      counts: int64 [V, 4], their TRAIN people with hard call 0, 1, 2 and missing.
      impute: what stands for a missing call; see `fit_encoding`.
      progress: called with people done, TRAIN people, where dosages are read.

    Returns:
      The cohort, and notes, those of the participants first.
    """
    chex.assert_equal(len(genotypes.samples), len(participants.rows))
    chex.assert_shape(counts, (len(genotypes.variants), 4))
    sums = None
    if genotypes.bits == 8:
        train = np.flatnonzero(participants.split == TRAIN)
        sums = sum_dosages(genotypes.packed, len(counts), train, progress)
    encoding = fit_encoding(counts, impute, sums)
    notes = list(participants.notes)
    if sums is not None:
        notes.append("Networks see dosages, kept at 8 bits, and not hard calls.")
    if silenced := int((encoding.scale == 0).sum()):
        notes.append(f"{silenced} variants do not vary in TRAIN and contribute 0.")
    cohort = Cohort(
        genotypes=genotypes,
        phenotype=participants.phenotype,
        covariates=participants.covariates,
        split=participants.split,
        encoding=encoding,
        counts=counts,
        trait=participants.trait,
        name=participants.name,
    )
    return cohort, notes


def _keep_people(genotypes: Genotypes, rows: np.ndarray) -> Genotypes:
    if len(rows) == len(genotypes.samples):
        return genotypes
    samples = genotypes.samples.iloc[rows].reset_index(drop=True)
    return genotypes._replace(packed=genotypes.packed[rows], samples=samples)
