"""Quality control of people and variants, with PLINK 2's meaning, order and bounds."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from typing import NamedTuple

import chex
import numpy as np
import pandas as pd

from gxjax.cohort.filter_counts import (
    Filtered,
    codes_of_variants,
    missing_of_people,
    subset,
)
from gxjax.cohort.hardy_weinberg import exact_test
from gxjax.genotypes.packed import packed_width
from gxjax.genotypes.tables import normalise_chromosome
from gxjax.types import Genotypes, Progress, silent

__all__ = ["drop_uninformative", "filter_genotypes"]

_EPSILON = 2.0**-44
_AUTOSOMES = {str(number) for number in range(1, 23)}
_TOP = {"geno": 1.0, "mind": 1.0, "maf": 0.5, "mac": np.inf, "hwe": 1.0}
_ROW = ("filter", "removed_people", "removed_variants", "people", "variants")


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
    keep: pd.DataFrame | Iterable[tuple[str | None, str]] | None = None,
    extract: Collection[str] | None = None,
    progress: Progress = silent,
) -> tuple[Filtered, pd.DataFrame]:
    """Applies PLINK 2's filters in its order, then drops uninformative variants.

    First autosome, keep and extract; mind over all variants left; then, each counted on
    the people left, geno, hwe, maf and mac. Values exactly at a bound stay. As in
    PLINK 2, hwe, maf and mac count founders only (PAT and MAT "0"), and a variant
    without a call passes maf. Unlike PLINK 2, with autosome=False the sex chromosomes
    and MT are counted as diploid, so restrict hwe, maf and mac to autosomes.

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
      autosome: keep chromosomes 1 to 22 only.
      keep: people, (FID, IID) pairs or a table of these columns; FID None is any.
      extract: variant ids; all variants of a repeated id stay.
      progress: called while genotypes are counted, with people done, N, or, of a
        `BedSource`, with variants done, V.

    Returns:
      The genotypes left, in the old order, and a table with a row per filter applied:
      `filter removed_people removed_variants people variants`, the last two being what
      is left.

    Raises:
      ValueError: a threshold is out of range, an IID to keep without FID is in two
        families, or a filter (it is named) leaves nobody or no variant.
    """
    given = {"geno": geno, "mind": mind, "maf": maf, "mac": mac, "hwe": hwe}
    thresholds = {name: value for name, value in given.items() if value is not None}
    _check_thresholds(thresholds)
    variants, samples = genotypes.variants, genotypes.samples
    if isinstance(genotypes, Genotypes):
        shape = (len(samples), packed_width(len(variants)))
        chex.assert_shape(genotypes.packed, shape)
    kept = _Kept(np.arange(len(samples)), np.arange(len(variants)))
    if autosome:
        chromosome = normalise_chromosome(variants["CHROM"])
        kept = kept.filter("autosome", variants=chromosome.isin(_AUTOSOMES).to_numpy())
    if keep is not None:
        kept = kept.filter("keep", people=_listed_people(samples, keep))
    if extract is not None:
        listed = variants["ID"].iloc[kept.variants].isin(set(extract))
        kept = kept.filter("extract", variants=listed.to_numpy())
    if mind is not None:
        missing = missing_of_people(genotypes, kept.people, kept.variants, progress)
        allowed = mind * len(kept.variants) * (1 + _EPSILON)
        kept = kept.filter("mind", people=missing <= allowed)
    kept = _filter_variants(genotypes, kept, thresholds, progress)
    table = pd.DataFrame(list(kept.rows), columns=list(_ROW))
    return subset(genotypes, kept.people, kept.variants), table


def drop_uninformative(
    genotypes: Filtered, progress: Progress = silent
) -> tuple[Filtered, pd.DataFrame]:
    """Drops variants whose calls are all missing or all one genotype.

    Args:
      genotypes: N people, V variants; not changed.
      progress: as of `filter_genotypes`.

    Returns:
      As `filter_genotypes`; the table has the row "monomorphic".

    Raises:
      ValueError: no variant is left.
    """
    return filter_genotypes(genotypes, autosome=False, progress=progress)


def _check_thresholds(thresholds: dict[str, float]) -> None:
    for name, value in thresholds.items():
        if not 0 <= value <= _TOP[name]:
            raise ValueError(f"{name} is {value}; expected between 0 and {_TOP[name]}")


def _listed_people(
    samples: pd.DataFrame, keep: pd.DataFrame | Iterable[tuple[str | None, str]]
) -> np.ndarray:
    """bool [N]: the person is listed."""
    pairs = keep[["FID", "IID"]].to_numpy() if isinstance(keep, pd.DataFrame) else keep
    listed = {(None if fid is None else str(fid), str(iid)) for fid, iid in pairs}
    anywhere = {iid for fid, iid in listed if fid is None}
    repeated = samples["IID"][
        samples["IID"].duplicated() & samples["IID"].isin(anywhere)
    ]
    if len(repeated):
        raise ValueError(
            f"keep: has no FID, and IID {repeated.iloc[0]!r} is in two families; list "
            "FID and IID"
        )
    people = zip(samples["FID"], samples["IID"], strict=True)
    return np.array([p in listed or p[1] in anywhere for p in people], bool)


def _filter_variants(
    genotypes: Filtered,
    kept: _Kept,
    thresholds: dict[str, float],
    progress: Progress,
) -> _Kept:
    """geno, hwe, maf, mac and what every cohort needs: two genotypes at least."""
    samples = genotypes.samples.iloc[kept.people]
    founder = ((samples["PAT"] == "0") & (samples["MAT"] == "0")).to_numpy()
    groups = [kept.people]
    if not founder.all() and {"hwe", "maf", "mac"} & set(thresholds):
        groups.append(kept.people[founder])
    found = codes_of_variants(genotypes, groups, kept.variants, progress)
    counts, founders = found[0], found[-1]
    tests: dict[str, Callable[[float], np.ndarray]] = {
        "geno": lambda bound: counts[:, 3] <= bound * len(kept.people) * (1 + _EPSILON),
        "hwe": lambda bound: exact_test(founders[:, :3]) >= bound * (1 - _EPSILON),
        "maf": lambda bound: _frequency(founders) >= bound * (1 - _EPSILON),
        "mac": lambda bound: _minor_count(founders) >= bound * (1 - _EPSILON),
    }
    left = np.ones(len(counts), bool)
    for name, passes in tests.items():
        if name in thresholds:
            stay = passes(thresholds[name])
            kept = kept.filter(name, variants=stay[left])
            left &= stay
    varies = (counts[:, :3] > 0).sum(axis=1) > 1
    return kept.filter("monomorphic", variants=varies[left])


def _minor_count(counts: np.ndarray) -> np.ndarray:
    first, second = counts[:, 1] + 2 * counts[:, 2], counts[:, 1] + 2 * counts[:, 0]
    return np.minimum(first, second)


def _frequency(counts: np.ndarray) -> np.ndarray:
    """Minor allele frequency; 0.5, which passes any bound, where nobody is called."""
    alleles = 2 * counts[:, :3].sum(axis=1)
    return np.where(alleles == 0, 0.5, _minor_count(counts) / np.maximum(alleles, 1))
