"""Allele frequencies, missing calls and Hardy-Weinberg tests, in PLINK 2's tables."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
import pandas as pd

from gxjax.cohort.call_counts import (
    CallCounts,
    allele_counts,
    count_calls,
    founder_rows,
    hardy_counts,
    hardy_p,
)
from gxjax.cohort.chromosome import (
    AUTOSOMAL,
    CHR_X,
    DIPLOID,
    chromosomes_of,
    copy_numbers,
)
from gxjax.cohort.missing_calls import count_missing_calls
from gxjax.genotypes.bed_source import BedSource
from gxjax.genotypes.tables import HUMAN
from gxjax.types import Genotypes, Progress, silent

__all__ = ["REPORTS", "qc_tables"]

REPORTS = ("freq", "missing", "hardy")
"""PLINK 2's flags whose tables there are."""


def qc_tables(
    genotypes: Genotypes | BedSource,
    reports: Collection[str] = REPORTS,
    *,
    nonfounders: bool = False,
    chr_set: int = HUMAN,
    progress: Progress = silent,
) -> dict[str, pd.DataFrame]:
    """What `plink2 --freq --missing --hardy` writes, with its columns and meaning.

    REF is A2 and ALT is A1, whose copies gxjax counts; in the tables of the test PLINK
    2's column A1 is REF. `filter_genotypes` says who counts on X, Y and MT, and its
    founders are those of afreq, hardy and hardy.x. Where nobody has a call a share is
    NaN and P is 1.

    Files are read once, and for "missing" once more.

    Args:
      genotypes: `Genotypes` or `BedSource`, N people, V variants.
      reports: of `REPORTS`, those to make.
      nonfounders: all people are counted in afreq, hardy and hardy.x.
      chr_set: autosomes of the species.
      progress: as of `filter_genotypes`.

    Returns:
      Tables by the ending of PLINK 2's file:
      afreq (freq): `CHROM ID REF ALT ALT_FREQS OBS_CT`, V rows;
      vmiss (missing): `CHROM ID MISSING_CT OBS_CT F_MISS`, V rows;
      smiss (missing): `FID IID MISSING_CT OBS_CT F_MISS`, N rows;
      hardy (hardy): `CHROM ID A1 AX HOM_A1_CT HET_A1_CT TWO_AX_CT O(HET_A1) E(HET_A1)
      P`, a row per variant that is not on X, Y or MT;
      hardy.x (hardy), where X has variants and a founder's sex is known: `CHROM ID A1
      AX`, the counts of females and males, their frequencies, and P of both sexes.

    Raises:
      ValueError: a report is not known, or a chromosome's number not of the species.
    """
    unknown = sorted(set(reports) - set(REPORTS))
    if unknown:
        raise ValueError(f"reports: {unknown[0]!r}; expected some of {REPORTS}")
    variants, samples = genotypes.variants, genotypes.samples
    names = chromosomes_of(genotypes, chr_set)
    kind = copy_numbers(names)
    people, columns = np.arange(len(samples)), np.arange(len(variants))
    founders = people if nonfounders else founder_rows(samples, people)
    groups = [people, founders] if len(founders) < len(people) else [people]
    counts = count_calls(genotypes, groups, columns, kind, progress)
    heads = pd.DataFrame({"CHROM": names, "ID": variants["ID"]})
    heads["REF"], heads["ALT"] = variants["A2"], variants["A1"]
    tables = {}
    if "freq" in reports:
        copies, total = allele_counts(counts[-1])
        frequencies = {"ALT_FREQS": _ratio(copies, total), "OBS_CT": total}
        tables["afreq"] = heads.assign(**frequencies)
    if "missing" in reports:
        missing = count_missing_calls(genotypes, people, columns, kind, progress)
        calls = counts[0].missing, counts[0].people
        tables["vmiss"] = _missing_table(heads[["CHROM", "ID"]], *calls)
        tables["smiss"] = _missing_table(samples[["FID", "IID"]], *missing)
    if "hardy" in reports:
        known = samples["SEX"].iloc[founders].isin([1, 2]).any()
        tables |= _hardy_tables(heads, counts[-1], bool(known))
    return tables


def _ratio(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    """part / whole; NaN of nothing."""
    return np.where(whole > 0, part / np.maximum(whole, 1), np.nan)


def _missing_table(
    ids: pd.DataFrame, missing: np.ndarray, calls: np.ndarray
) -> pd.DataFrame:
    return ids.assign(MISSING_CT=missing, OBS_CT=calls, F_MISS=_ratio(missing, calls))


def _hardy_tables(
    heads: pd.DataFrame, counts: CallCounts, on_x: bool
) -> dict[str, pd.DataFrame]:
    """hardy and, where asked for and X has variants, hardy.x."""
    two, males = hardy_counts(counts)
    called, men = two.sum(axis=1), males.sum(axis=1)
    frequency = _ratio(2 * two[:, 0] + two[:, 1], 2 * called)
    expected = np.nan_to_num(2 * frequency * (1 - frequency))
    table = heads.rename(columns={"REF": "A1", "ALT": "AX"})
    for code, name in enumerate(("HOM_A1_CT", "HET_A1_CT", "TWO_AX_CT")):
        table[name] = two[:, code]
    table["O(HET_A1)"] = _ratio(two[:, 1], called)
    table["E(HET_A1)"] = expected
    table["P"] = hardy_p(counts)
    diploid = np.isin(counts.kind, (AUTOSOMAL, DIPLOID))
    tables = {"hardy": table[diploid].reset_index(drop=True)}
    rows = counts.kind == CHR_X
    if on_x and rows.any():
        table = table.rename(columns=_female).drop(columns="P")
        table.insert(7, "MALE_A1_CT", males[:, 0])
        table.insert(8, "MALE_AX_CT", males[:, 1])
        table["FEMALE_A1_FREQ"] = frequency
        table["MALE_A1_FREQ"] = _ratio(males[:, 0], men)
        table["P"] = hardy_p(counts)
        tables["hardy.x"] = table[rows].reset_index(drop=True)
    return tables


def _female(name: str) -> str:
    """The column's name where it is about females only."""
    if name.endswith("_CT"):
        return f"FEMALE_{name}"
    return name.replace("(HET", "(FEMALE_HET")
