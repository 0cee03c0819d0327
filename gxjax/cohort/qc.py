"""Quality control of people and variants, with PLINK 2's meaning, order and bounds."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import NamedTuple

import chex
import numpy as np
import pandas as pd

from gxjax.cohort.call_counts import (
    CallCounts,
    allele_counts,
    count_calls,
    founder_rows,
    hardy_p,
)
from gxjax.cohort.chromosome import AUTOSOMAL, chromosomes_of, copy_numbers
from gxjax.cohort.filter_counts import (
    Filtered,
    codes_of_variants,
    dosages_of_variants,
    subset,
)
from gxjax.cohort.id_list import People, listed_people
from gxjax.cohort.missing_calls import count_missing_calls
from gxjax.genotypes.packed import packed_width
from gxjax.genotypes.tables import HUMAN
from gxjax.types import Genotypes, Progress, silent

__all__ = ["drop_uninformative", "filter_genotypes"]

_EPSILON = 2.0**-44
_TOP = {"geno": 1.0, "mind": 1.0, "maf": 0.5, "mac": np.inf, "hwe": 1.0}
_ROW = ["filter", "removed_people", "removed_variants", "people", "variants"]


class _Kept(NamedTuple):
    """What the filters have left so far: row numbers, column numbers, the table."""

    people: np.ndarray
    variants: np.ndarray
    rows: tuple[tuple, ...] = ()

    def filter(
        self,
        name: str,
        *,
        people: np.ndarray | None = None,
        variants: np.ndarray | None = None,
    ) -> _Kept:
        """Keeps what the masks over the people or variants left say; adds a row."""
        left = self.people if people is None else self.people[people]
        stay = self.variants if variants is None else self.variants[variants]
        lost = len(self.people) - len(left), len(self.variants) - len(stay)
        if not (len(left) and len(stay)):
            what = "people" if len(stay) else "variants"
            raise ValueError(
                f"{name}: leaves no {what} of {len(self.people)} people and "
                f"{len(self.variants)} variants; check its threshold or list"
            )
        return _Kept(left, stay, (*self.rows, (name, *lost, len(left), len(stay))))


def filter_genotypes(
    genotypes: Filtered,
    *,
    geno: float | None = None,
    mind: float | None = None,
    maf: float | None = None,
    mac: float | None = None,
    hwe: float | None = None,
    autosome: bool = True,
    keep: People | None = None,
    remove: People | None = None,
    extract: Collection[str] | None = None,
    exclude: Collection[str] | None = None,
    nonfounders: bool = False,
    chr_set: int = HUMAN,
    progress: Progress = silent,
) -> tuple[Filtered, pd.DataFrame]:
    """Applies PLINK 2's filters in its order, then drops uninformative variants.

    First autosome, keep, remove, extract and exclude; mind over all variants left;
    then, each counted on the people left, geno, hwe, maf and mac. Values exactly at a
    bound stay, and a variant without a call passes hwe and maf. As in PLINK 2:

    - hwe, maf and mac count founders only (PAT and MAT "0"; whether a parent is among
      the people does not matter), unless `nonfounders`. Nonfounders are never removed.
    - On X a male has one copy, on Y nobody but males has one, on MT everybody; a
      heterozygous call is half a copy of each allele there. People of unknown sex have
      two copies of X. geno and mind expect no call of Y but of males.
    - maf and mac count dosages where the source has them; geno, mind and hwe count
      hard calls.
    - hwe tests both sexes together on X, people of unknown sex left out, and not Y or
      MT.

    What monomorphic drops, PLINK 2 keeps. Networks see the dosage of the file on every
    chromosome: 0 or 2 for a haploid call.

    Of a `BedSource` (`open_bed_source`) the files are read once, and once more for
    mind, a few megabytes at a time; what is left of it is again a source, which
    `build_store` reads.

    Args:
      genotypes: `Genotypes` or `BedSource`, N people, V variants; not changed.
      geno: largest missing share of a variant.
      mind: largest missing share of a person.
      maf: smallest minor allele frequency.
      mac: smallest minor allele count.
      hwe: smallest p of the exact test, no mid-p.
      autosome: keep chromosomes 1 to `chr_set` only.
      keep: people to keep; those who are not in the genotypes do not matter.
      remove: people to remove, likewise.
      extract: variant ids to keep; all variants of a repeated id stay.
      exclude: variant ids to remove, likewise.
      nonfounders: hwe, maf and mac count everybody.
      chr_set: the species' autosomes; the four numbers above are X, Y, XY and MT.
      progress: called while genotypes are counted, with people done, N, or, of a
        `BedSource`, with variants done, V.

    Returns:
      The genotypes left, in the old order, and a table with a row per filter applied:
      `filter removed_people removed_variants people variants`, the last two being what
      is left.

    Raises:
      ValueError: a threshold is out of range, a chromosome's number is not of the
        species, a listed IID without FID is in two families, or a filter (it is named)
        leaves nobody or no variant.
    """
    given = {"geno": geno, "mind": mind, "maf": maf, "mac": mac, "hwe": hwe}
    thresholds = {name: value for name, value in given.items() if value is not None}
    _check_thresholds(thresholds)
    kind = copy_numbers(chromosomes_of(genotypes, chr_set))
    kept = _Kept(*_everything(genotypes))
    if autosome:
        kept = kept.filter("autosome", variants=kind == AUTOSOMAL)
    kept = _filter_listed(genotypes, kept, (keep, remove), (extract, exclude))
    if mind is not None:
        missing, calls = count_missing_calls(genotypes, *kept[:2], kind, progress)
        kept = kept.filter("mind", people=missing <= mind * calls * (1 + _EPSILON))
    kept = _filter_variants(genotypes, kept, kind, thresholds, nonfounders, progress)
    return subset(genotypes, *kept[:2]), pd.DataFrame(list(kept.rows), columns=_ROW)


def drop_uninformative(
    genotypes: Filtered, progress: Progress = silent
) -> tuple[Filtered, pd.DataFrame]:
    """Drops variants whose calls are all missing or all one genotype (or dosage).

    Args:
      genotypes: N people, V variants; not changed.
      progress: as of `filter_genotypes`.

    Returns:
      As `filter_genotypes`; the table has the row "monomorphic".

    Raises:
      ValueError: no variant is left.
    """
    everybody, variants = _everything(genotypes)
    if genotypes.bits == 8:
        (sums,) = dosages_of_variants(genotypes, [everybody], variants, progress)
        varies = sums.varies
    else:
        (codes,) = codes_of_variants(genotypes, [everybody], variants, progress)
        varies = (codes[:, :3] > 0).sum(axis=1) > 1
    kept = _Kept(everybody, variants)
    kept = kept.filter("monomorphic", variants=varies)
    return subset(genotypes, *kept[:2]), pd.DataFrame(list(kept.rows), columns=_ROW)


def _everything(genotypes: Filtered) -> tuple[np.ndarray, np.ndarray]:
    """All rows and columns."""
    variants, samples = genotypes.variants, genotypes.samples
    if isinstance(genotypes, Genotypes):
        shape = (len(samples), packed_width(len(variants), genotypes.bits))
        chex.assert_shape(genotypes.packed, shape)
    return np.arange(len(samples)), np.arange(len(variants))


def _check_thresholds(thresholds: dict[str, float]) -> None:
    for name, value in thresholds.items():
        if not 0 <= value <= _TOP[name]:
            raise ValueError(f"{name} is {value}; expected between 0 and {_TOP[name]}")


def _filter_listed(
    genotypes: Filtered,
    kept: _Kept,
    people: tuple[People | None, People | None],
    ids: tuple[Collection[str] | None, Collection[str] | None],
) -> _Kept:
    """keep and remove, extract and exclude."""
    for name, people_list in zip(("keep", "remove"), people, strict=True):
        if people_list is not None:
            listed = listed_people(genotypes.samples, people_list, name)[kept.people]
            kept = kept.filter(name, people=listed if name == "keep" else ~listed)
    for name, id_list in zip(("extract", "exclude"), ids, strict=True):
        if id_list is not None:
            left = genotypes.variants["ID"].iloc[kept.variants]
            listed = left.isin(set(id_list)).to_numpy()
            kept = kept.filter(name, variants=listed if name == "extract" else ~listed)
    return kept


def _filter_variants(
    genotypes: Filtered,
    kept: _Kept,
    kind: np.ndarray,
    thresholds: dict[str, float],
    nonfounders: bool,
    progress: Progress,
) -> _Kept:
    """geno, hwe, maf, mac and what every cohort needs: two genotypes at least."""
    groups = [kept.people]
    if not nonfounders and {"hwe", "maf", "mac"} & set(thresholds):
        groups.append(founder_rows(genotypes.samples, kept.people))
    if len(groups[-1]) == len(kept.people):
        groups = groups[:1]
    kind = kind[kept.variants]
    found = count_calls(genotypes, groups, kept.variants, kind, progress)
    counts, founders = found[0], found[-1]
    tests: dict[str, Callable[[float], np.ndarray]] = {
        "geno": lambda top: counts.missing <= top * counts.people * (1 + _EPSILON),
        "hwe": lambda bound: hardy_p(founders, bound) >= bound * (1 - _EPSILON),
        "maf": lambda bound: _minor_frequency(founders) >= bound * (1 - _EPSILON),
        "mac": lambda bound: _minor_count(founders) >= bound * (1 - _EPSILON),
    }
    left = np.ones(len(kind), bool)
    for name, passes in tests.items():
        if name in thresholds:
            stay = passes(thresholds[name])
            kept = kept.filter(name, variants=stay[left])
            left &= stay
    return kept.filter("monomorphic", variants=counts.varies[left])


def _minor_count(counts: CallCounts) -> np.ndarray:
    copies, total = allele_counts(counts)
    return np.minimum(copies, total - copies)


def _minor_frequency(counts: CallCounts) -> np.ndarray:
    """Minor allele frequency; 0.5, which passes any bound, where nobody is called."""
    _, total = allele_counts(counts)
    return np.where(total == 0, 0.5, _minor_count(counts) / np.maximum(total, 1))
