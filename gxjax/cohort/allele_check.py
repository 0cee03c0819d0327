"""Are the alleles and strands of a cohort those of a reference?"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from gxjax.cohort.chromosome import chromosome_names
from gxjax.genotypes.tables import HUMAN
from gxjax.table_text import read_rows

__all__ = ["STATUSES", "compare_alleles", "read_afreq", "swapped_repeats"]

STATUSES = (
    *("same", "swapped", "flipped", "flipped and swapped"),
    *("ambiguous", "frequency differs", "other alleles"),
)
"""What a variant's alleles are to a reference's, from best to worst."""

_COMPLEMENT = {"A": "T", "T": "A", "C": "G", "G": "C"}
_SUFFIXES = ("", "_there")
_UNKNOWN = ("0", ".")
_AMBIGUOUS = 0.4
_DIFFERENCE = 0.2
_AFREQ = ("CHROM", "ID", "REF", "ALT", "ALT_FREQS")


def read_afreq(path: str | Path) -> pd.DataFrame:
    """PLINK 2's table of allele frequencies, `.afreq`, which may be compressed.

    Args:
      path: with a header that has `#CHROM ID REF ALT ALT_FREQS`, and POS if it was made
        with `--freq cols=+pos`.

    Returns:
      A row per variant: `CHROM ID A1 A2 A1_FREQ`, A1 being ALT, and POS if the file has
      it. A1_FREQ is NaN where nobody has a call, or there are several ALT alleles.

    Raises:
      FileNotFoundError: no such file.
      ValueError: naming the file and the line: a column is missing, or a frequency is
        not in [0, 1], or as `gxjax.table_text.read_rows`.
    """
    raw = read_rows(path, "a header and a line per variant")
    names = [str(name).lstrip("#") for name in raw.iloc[0]]
    if set(_AFREQ) - set(names) or len(set(names)) < len(names):
        raise ValueError(
            f"{path}: found the columns {' '.join(names)}; expected an .afreq of "
            f"plink2 --freq, which has {' '.join(_AFREQ)}"
        )
    if len(raw) < 2:
        raise ValueError(
            f"{path}: a header and no variant; expected a line per variant"
        )
    table = raw.iloc[1:].set_axis(names, axis=1)
    # Several ALT alleles have as many frequencies, or as many less one.
    several = table["ALT"].str.contains(",", regex=False)
    text = table["ALT_FREQS"].mask(several, "nan")
    frequency = pd.to_numeric(text.replace("NA", "nan"), errors="coerce")
    missing = text.str.lower().isin(["nan", "na", "."])
    _refuse(path, text, ~(frequency.between(0, 1) | missing), "a frequency in [0, 1]")
    found = table[["CHROM", "ID"]].assign(
        A1=table["ALT"], A2=table["REF"], A1_FREQ=frequency.astype(np.float64)
    )
    if "POS" in names:
        _refuse(path, table["POS"], ~_are_positions(table["POS"]), "a whole number")
        found["POS"] = table["POS"].astype(np.int64)
    return found.reset_index(drop=True)


def compare_alleles(
    variants: pd.DataFrame,
    frequency: np.ndarray,
    reference_variants: pd.DataFrame,
    reference_frequency: np.ndarray,
    chr_set: int = HUMAN,
) -> pd.DataFrame:
    """What the alleles of a cohort's variants are to those of a reference.

    A variant of the reference is the same variant if it is on the same chromosome and
    has the same ID; where the reference lacks the ID (or it is `.`), if it has the same
    position and the reference says positions. Of several, the best status counts.

    A1 and A2 are compared with the reference's A1 and A2, and with those of the other
    strand if all are single bases; an allele 0 (nobody carries it) fits any. A/T and
    C/G read alike on both strands: the frequency decides, unless one of the two minor
    allele frequencies is above 0.4 or not known, which is `ambiguous`.

    What it can NOT tell: whether a frequency differs because alleles are named wrongly
    or because the people differ; and of A/T and C/G, a population whose frequency is
    truly the reference's mirrored.

    Args:
      variants: V rows with CHROM, ID, A1, A2 and POS.
      frequency: float [V], of A1, NaN where not known.
      reference_variants: R rows with CHROM, ID, A1, A2, and POS if it is known.
      reference_frequency: float [R], of its A1, NaN where not known.
      chr_set: autosomes of the species, as of `chromosome_names`.

    Returns:
      A row per shared variant, in the order of `variants`: `CHROM POS ID A1 A2`,
      `REFERENCE_A1 REFERENCE_A2`, `A1_FREQ`, `REFERENCE_FREQ` (float64, of our A1; NaN
      where that is not known), and STATUS, one of `STATUSES`: same; swapped (A1 and A2
      exchanged); flipped (of the other strand); flipped and swapped; ambiguous;
      frequency differs (by more than 0.2, though the alleles agree in one of these
      ways); other alleles.

    Raises:
      ValueError: a chromosome's number is not of the species.
    """
    ours = _prepared(variants, frequency, chr_set)
    theirs = _prepared(reference_variants, reference_frequency, chr_set)
    pairs = _pairs(ours, theirs)
    status, mirrored = _orientation(pairs)
    known = status != "other alleles"
    there = pairs["A1_FREQ_there"].to_numpy(np.float64)
    oriented = np.where(mirrored, 1 - there, there)
    oriented[~known | (status == "ambiguous")] = np.nan
    gap = np.abs(oriented - pairs["A1_FREQ"].to_numpy(np.float64))
    status[gap > _DIFFERENCE] = "frequency differs"
    table = pd.DataFrame(
        {
            "row": pairs["row"].to_numpy(np.int64),
            "REFERENCE_A1": pairs["A1_there"],
            "REFERENCE_A2": pairs["A2_there"],
            "A1_FREQ": pairs["A1_FREQ"].astype(np.float64),
            "REFERENCE_FREQ": oriented,
            "STATUS": status,
        }
    )
    ranks = pd.Series(status, index=table.index).map(STATUSES.index)
    best = table.assign(rank=ranks).sort_values(["row", "rank"], kind="stable")
    best = best.drop_duplicates("row").drop(columns="rank")
    heads = variants[["CHROM", "POS", "ID", "A1", "A2"]].iloc[best["row"]]
    parts = [each.reset_index(drop=True) for each in (heads, best.drop(columns="row"))]
    return pd.concat(parts, axis=1)


def swapped_repeats(variants: pd.DataFrame) -> pd.DataFrame:
    """Variants that are there twice, once with A1 and A2 exchanged.

    Args:
      variants: V rows with CHROM, POS, ID, A1 and A2.

    Returns:
      `CHROM POS ID A1 A2` of all of them; the index is that of `variants`.
    """
    pair = [np.minimum(variants["A1"], variants["A2"]), variants["A1"]]
    pair.insert(1, np.maximum(variants["A1"], variants["A2"]))
    table = pd.DataFrame({"low": pair[0], "high": pair[1], "A1": pair[2]})
    table[["CHROM", "POS"]] = variants[["CHROM", "POS"]]
    place = ["CHROM", "POS", "low", "high"]
    twice = table[table.duplicated(place, keep=False)]
    several = twice.groupby(place)["A1"].transform("nunique") > 1
    rows = twice.index[several.to_numpy(bool)]
    return variants.loc[rows, ["CHROM", "POS", "ID", "A1", "A2"]]


def _prepared(table: pd.DataFrame, frequency: np.ndarray, chr_set: int) -> pd.DataFrame:
    columns = [name for name in ("ID", "A1", "A2", "POS") if name in table]
    found = table[columns].reset_index(drop=True)
    found["CHROM"] = chromosome_names(table["CHROM"], chr_set).to_numpy()
    found["A1_FREQ"] = np.asarray(frequency, np.float64)
    for name in ("A1", "A2"):
        found[name] = found[name].astype(str).str.upper()
    return found


def _pairs(ours: pd.DataFrame, theirs: pd.DataFrame) -> pd.DataFrame:
    """A row per variant of ours and variant of theirs that it may be."""
    ours = ours.assign(row=np.arange(len(ours)))
    named = theirs[theirs["ID"] != "."].drop(columns="POS", errors="ignore")
    pairs = ours.merge(named, on=["CHROM", "ID"], suffixes=_SUFFIXES)
    if "POS" not in theirs:
        return pairs
    rest = ours[~ours["row"].isin(pairs["row"])]
    unnamed = theirs.drop(columns="ID")
    more = rest.merge(unnamed, on=["CHROM", "POS"], suffixes=_SUFFIXES)
    return pd.concat([pairs, more], ignore_index=True)


def _orientation(pairs: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """The status of every pair by alleles, and whether our A1 is their A2."""
    a1, a2 = pairs["A1"], pairs["A2"]
    b1, b2 = pairs["A1_there"], pairs["A2_there"]
    a1, a2 = _completed(a1, a2, b1, b2), _completed(a2, a1, b1, b2)
    b1, b2 = _completed(b1, b2, a1, a2), _completed(b2, b1, a1, a2)
    c1, c2 = a1.map(_COMPLEMENT), a2.map(_COMPLEMENT)
    ways = {
        "same": (a1 == b1) & (a2 == b2),
        "swapped": (a1 == b2) & (a2 == b1),
        "flipped": (c1 == b1) & (c2 == b2),
        "flipped and swapped": (c1 == b2) & (c2 == b1),
    }
    found = np.select(list(ways.values()), list(ways), "other alleles").astype(object)
    palindromic = (c1 == a2) & (found != "other alleles")
    first, second = pairs["A1_FREQ"], pairs["A1_FREQ_there"]
    exchanged = found == "swapped"
    as_it_stands = second.where(~exchanged, 1 - second)
    other_strand = (first - as_it_stands).abs() > (first - 1 + as_it_stands).abs()
    turned = np.where(exchanged, "flipped", "flipped and swapped")
    found = np.where(palindromic & other_strand, turned, found)
    clear = (first - 0.5).abs().gt(0.5 - _AMBIGUOUS)
    clear &= (second - 0.5).abs().gt(0.5 - _AMBIGUOUS)
    found = np.where(palindromic & ~clear, "ambiguous", found).astype(object)
    return found, np.isin(found, ["swapped", "flipped and swapped"])


def _completed(
    allele: pd.Series, partner: pd.Series, first: pd.Series, second: pd.Series
) -> pd.Series:
    """An allele that nobody carries, named as the other file names it."""
    other = first.where(partner == second, second.where(partner == first, allele))
    return allele.where(~allele.isin(_UNKNOWN), other)


def _are_positions(text: pd.Series) -> pd.Series:
    return text.str.fullmatch(r"[+-]?[0-9]{1,18}")


def _refuse(path: str | Path, text: pd.Series, wrong: pd.Series, expected: str) -> None:
    if wrong.any():
        line = text.index[int(np.argmax(wrong.to_numpy(bool)))]
        raise ValueError(
            f"{path}, line {line}: {text.name} is {text[line]!r}; expected {expected}"
        )
