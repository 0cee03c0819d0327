"""How often each genotype was called, where men may have one copy of a variant."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import chex
import numpy as np
import pandas as pd

from gxjax.cohort.chromosome import AUTOSOMAL, CHR_X, CHR_Y, DIPLOID, HAPLOID
from gxjax.cohort.filter_counts import codes_of_variants, dosages_of_variants
from gxjax.cohort.hardy_weinberg import exact_test
from gxjax.cohort.hardy_weinberg_x import exact_test_x
from gxjax.genotypes.bed_source import BedSource
from gxjax.genotypes.dosage_sums import DosageSums
from gxjax.types import Genotypes, Progress

__all__ = [
    "CallCounts",
    "allele_counts",
    "count_calls",
    "founder_rows",
    "hardy_counts",
    "hardy_p",
]


class AlleleSums(NamedTuple):
    """What dosages say of alleles: a haploid person's is half of a dosage.

    Attributes:
      copies: float64 [V], of A1.
      total: int64 [V], of both alleles.
      varies: bool [V], there are two different dosages.
    """

    copies: np.ndarray
    total: np.ndarray
    varies: np.ndarray


class CallCounts(NamedTuple):
    """People by the number of copies that they have and the code that was called.

    Nobody counts on chromosome Y but males. On X a person of unknown sex has two
    copies, but is no female of the Hardy-Weinberg test.

    Attributes:
      kind: int8 [V], of `copy_numbers`.
      diploid: int64 [V, 4], people of two copies with code 0, 1, 2 and missing.
      haploid: int64 [V, 4], people of one copy.
      sexless: int64 [V, 4], on X those of `diploid` whose sex is unknown; else 0.
      alleles: of the dosages of these people, where there are any; else None.
    """

    kind: np.ndarray
    diploid: np.ndarray
    haploid: np.ndarray
    sexless: np.ndarray
    alleles: AlleleSums | None = None

    @property
    def varies(self) -> np.ndarray:
        """bool [V]: there are two genotypes at least, or two dosages."""
        if self.alleles is not None:
            return self.alleles.varies
        return ((self.diploid + self.haploid)[:, :3] > 0).sum(axis=1) > 1

    @property
    def missing(self) -> np.ndarray:
        """int64 [V]: people without a call; a heterozygous male is no missing one."""
        return self.diploid[:, 3] + self.haploid[:, 3]

    @property
    def people(self) -> np.ndarray:
        """int64 [V]: people who could have a call: on Y the males, else all."""
        return self.diploid.sum(axis=1) + self.haploid.sum(axis=1)


def founder_rows(samples: pd.DataFrame, people: np.ndarray) -> np.ndarray:
    """Those of some rows of a sample table whose PAT and MAT are both "0".

    As in PLINK 2, parents who are not among the people make a nonfounder all the same.
    """
    parents = samples[["PAT", "MAT"]].iloc[people]
    return people[(parents == "0").all(axis=1).to_numpy()]


def count_calls(
    genotypes: Genotypes | BedSource,
    groups: Sequence[np.ndarray],
    variants: np.ndarray,
    kind: np.ndarray,
    progress: Progress,
) -> list[CallCounts]:
    """Counts of some variants in several groups of people.

    Files are read once for all groups.

    Args:
      genotypes: N people, V variants.
      groups: increasing int64 [n] each, rows of the samples.
      variants: increasing int64 [v], rows of the variants.
      kind: int8 [v], of `copy_numbers`.
      progress: as of `codes_of_variants`; called for autosomes, then for the rest.

    Returns:
      `CallCounts` of v variants per group.
    """
    chex.assert_equal_shape([variants, kind])
    sex = genotypes.samples["SEX"].to_numpy()
    plain = np.isin(kind, (AUTOSOMAL, DIPLOID))
    counts = [np.zeros((3, len(variants), 4), np.int64) for _ in groups]
    if plain.any():
        found = codes_of_variants(genotypes, groups, variants[plain], progress)
        for every, codes in zip(counts, found, strict=True):
            every[0, plain] = codes
    if not plain.all():
        split = [group[_is_of(sex[group], s)] for group in groups for s in (1, 2, 0)]
        found = codes_of_variants(genotypes, split, variants[~plain], progress)
        for number, every in enumerate(counts):
            parts = found[3 * number : 3 * number + 3]
            every[:, ~plain] = _by_copies(kind[~plain], *parts)
    alleles = _allele_sums(genotypes, groups, variants, kind, progress)
    return [
        CallCounts(kind, *every)._replace(alleles=found)
        for every, found in zip(counts, alleles, strict=True)
    ]


def _allele_sums(
    genotypes: Genotypes | BedSource,
    groups: Sequence[np.ndarray],
    variants: np.ndarray,
    kind: np.ndarray,
    progress: Progress,
) -> list[AlleleSums] | list[None]:
    """Of each group, as PLINK 2 counts dosages; None of hard calls."""
    if genotypes.bits == 2:
        return [None] * len(groups)
    sex = genotypes.samples["SEX"].to_numpy()
    split = [group[_is_of(sex[group], s)] for group in groups for s in (1, 2, 0)]
    found = dosages_of_variants(genotypes, split, variants, progress)
    one = np.isin(kind, (CHR_X, CHR_Y, HAPLOID)), kind == HAPLOID, kind == HAPLOID
    every, none_of_y = np.ones(len(kind), bool), kind != CHR_Y
    counted = every, none_of_y, none_of_y
    return [
        _alleles(found[start : start + 3], one, counted)
        for start in range(0, len(found), 3)
    ]


def _alleles(
    sums: Sequence[DosageSums],
    haploid: Sequence[np.ndarray],
    counted: Sequence[np.ndarray],
) -> AlleleSums:
    """The alleles of males, females and people of unknown sex together."""
    ploidy = [
        np.where(one, 1, 2) * who for one, who in zip(haploid, counted, strict=True)
    ]
    pairs = list(zip(sums, ploidy, strict=True))
    low = [np.where(number > 0, each.lowest, 255) for each, number in pairs]
    high = [np.where(number > 0, each.highest, 0) for each, number in pairs]
    return AlleleSums(
        sum(each.copies * number / 2 for each, number in pairs),
        sum(each.called * number for each, number in pairs),
        np.max(high, axis=0) > np.min(low, axis=0),
    )


def _is_of(sex: np.ndarray, which: int) -> np.ndarray:
    return sex == which if which else (sex != 1) & (sex != 2)


def _by_copies(
    kind: np.ndarray, male: np.ndarray, female: np.ndarray, unknown: np.ndarray
) -> np.ndarray:
    """int64 [3, v, 4]: diploid, haploid and sexless of variants not on autosomes."""
    on_x, on_y = (kind == CHR_X)[:, None], (kind == CHR_Y)[:, None]
    chex.assert_equal(bool((on_x | on_y | (kind == HAPLOID)[:, None]).all()), True)
    one = np.where(on_x | on_y, male, male + female + unknown)
    return np.stack([on_x * (female + unknown), one, on_x * unknown])


def allele_counts(counts: CallCounts) -> tuple[np.ndarray, np.ndarray]:
    """Copies of A1 and all copies among calls; a haploid heterozygote has half a copy.

    Of dosages, where there are any, as PLINK 2 has it.

    Returns:
      float64 [V] and int64 [V].
    """
    if counts.alleles is not None:
        return counts.alleles.copies, counts.alleles.total
    _, two, one, *_ = counts
    copies = two[:, 1] + 2 * two[:, 2] + one[:, 2] + one[:, 1] / 2
    return copies, 2 * two[:, :3].sum(axis=1) + one[:, :3].sum(axis=1)


def hardy_counts(counts: CallCounts) -> tuple[np.ndarray, np.ndarray]:
    """Whom the Hardy-Weinberg test is about: no person of unknown sex on X.

    Returns:
      int64 [V, 3], people of two copies with 0, 1 and 2 of A1, and int64 [V, 2], males
      with 0 and 1 on X.
    """
    males = counts.haploid[:, [0, 2]] * (counts.kind == CHR_X)[:, None]
    return (counts.diploid - counts.sexless)[:, :3], males


def hardy_p(counts: CallCounts, enough: float = np.inf) -> np.ndarray:
    """The exact p, on X of both sexes; 1 on Y and MT, which have none.

    Args:
      counts: of V variants.
      enough: as of `exact_test_x`, on X alone.

    Returns:
      float64 [V].
    """
    two, males = hardy_counts(counts)
    on_x = counts.kind == CHR_X
    p = np.ones(len(two))
    p[~on_x] = exact_test(two[~on_x])
    p[on_x] = exact_test_x(two[on_x], males[on_x], enough)
    return p
