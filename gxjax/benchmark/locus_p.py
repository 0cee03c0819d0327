"""p-values of loci: one question per region of LD instead of one per variant."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from gxjax.benchmark.q_values import q_values
from gxjax.types import KINDS, Truth

__all__ = ["locus_p", "locus_table"]

_TABLE_COLUMNS = [
    *("method", "noise", "#CHROM", "START", "END", "ID"),
    *("variants", "score", "p", "q", "kind"),
]
_UNPLANTED = [KINDS.index(name) for name in ("real", "decoy", "knockoff")]


def locus_p(p: np.ndarray, locus: np.ndarray) -> np.ndarray:
    """Simes' p-value of each locus: `min_k n p_(k) / k` over its n variants.

    It tests that NO variant of the locus is associated. Valid for independent and for
    positively dependent p-values, such as those of variants in LD, if the loci were
    made without a look at the scores (`ld_blocks`); clumps around top scores are chosen
    by them, and their p-values are too small. It does not say which variant it is.

    Args:
      p: float [C, V], NaN where there is none.
      locus: int [V], a label per variant, 0 to L - 1; below 0: in no locus.

    Returns:
      float64 [C, L], L the greatest label + 1; NaN for a locus without a p-value.

    Raises:
      ValueError: shapes that do not fit.

    References:
      Simes, An improved Bonferroni procedure for multiple tests of significance,
      Biometrika 73(3): 751-754 (1986), https://doi.org/10.1093/biomet/73.3.751
      Sarkar, Some probability inequalities for ordered MTP2 random variables: a proof
      of the Simes conjecture, Annals of Statistics 26(2): 494-504 (1998),
      https://doi.org/10.1214/aos/1028144846
    """
    p, locus = np.asarray(p, np.float64), np.asarray(locus)
    if p.ndim != 2 or locus.shape != p.shape[1:]:
        raise ValueError(
            f"locus: shape {locus.shape} beside p {p.shape}; expected [V] beside [C, V]"
        )
    count = int(locus.max(initial=-1)) + 1
    result = np.full((len(p), count), np.nan)
    for column, row in enumerate(p):
        chosen = np.flatnonzero((locus >= 0) & ~np.isnan(row))
        sorted_ = chosen[np.lexsort((row[chosen], locus[chosen]))]
        labels, starts, sizes = np.unique(
            locus[sorted_], return_index=True, return_counts=True
        )
        if len(labels):
            place = np.arange(1, len(sorted_) + 1) - np.repeat(starts, sizes)
            terms = row[sorted_] * np.repeat(sizes, sizes) / place
            result[column, labels] = np.minimum.reduceat(terms, starts)
    return result


def locus_table(
    scores: np.ndarray,
    columns: Sequence[tuple[str, str]],
    p: np.ndarray,
    locus: np.ndarray,
    variants: pd.DataFrame,
    truth: Truth | None = None,
    *,
    most: int = 1000,
) -> pd.DataFrame:
    """Loci of every column with Simes' p-value and Benjamini-Hochberg q over all loci.

    Args:
      scores: float [C, V].
      columns: C pairs (method, noise).
      p: float [C, V], of `empirical_p`.
      locus: int [V], a label per variant; below 0: in no locus. One locus lies on one
        chromosome. See `locus_p` on loci chosen by score.
      variants: table of V rows with `gxjax.types.VARIANT_COLUMNS`.
      truth: of the V columns, if known.
      most: loci per column that are kept, least p first; q counts all of them.

    Returns:
      Table `method noise #CHROM START END ID variants score p q kind`, least p first:
      ID and score are those of the best-scored variant, START and END positions of the
      first and last in base pairs, `variants` how many the locus has; `kind` is that of
      the best-scored variant with an effect in the locus ("real" if it has none, or
      `truth` is None).

    Raises:
      ValueError: shapes that do not fit.
    """
    if np.shape(scores) != np.shape(p) or np.shape(p) != (len(columns), len(variants)):
        raise ValueError(
            f"scores, p: shapes {np.shape(scores)}, {np.shape(p)}; expected "
            f"[{len(columns)}, {len(variants)}], columns and variants"
        )
    tested = locus_p(p, locus)
    adjusted = q_values(tested)
    kind = np.zeros(len(variants), np.int8) if truth is None else truth.kind
    parts = []
    for column, row, own_p, own_q in zip(
        columns, np.asarray(scores), tested, adjusted, strict=True
    ):
        known = np.count_nonzero(~np.isnan(own_p))
        least = np.argsort(own_p, kind="stable")[: min(most, known)]
        loci = _loci(row, np.asarray(locus), least, variants, kind)
        method, noise = column
        own = {"method": method, "noise": noise, "p": own_p[least], "q": own_q[least]}
        parts.append(loci.assign(**own))
    return pd.concat(parts, ignore_index=True)[_TABLE_COLUMNS]


def _loci(
    scores: np.ndarray,
    locus: np.ndarray,
    least: np.ndarray,
    variants: pd.DataFrame,
    kind: np.ndarray,
) -> pd.DataFrame:
    """Where the loci `least` lie, and their best-scored variant, in that order."""
    wanted = np.zeros(int(locus.max(initial=-1)) + 2, bool)
    wanted[least] = True
    # A label of -1 reads the last entry, which is of no locus.
    inside = np.flatnonzero(wanted[np.maximum(locus, -1)])
    inside = inside[np.lexsort((-scores[inside], locus[inside]))]
    table = variants.iloc[inside][["CHROM", "POS", "ID"]].assign(
        locus=locus[inside],
        score=scores[inside],
        kind=np.asarray(KINDS)[kind[inside]],
    )
    groups = table.groupby("locus", sort=True)
    loci = groups.agg(
        **{
            "#CHROM": ("CHROM", "first"),
            "START": ("POS", "min"),
            "END": ("POS", "max"),
            "ID": ("ID", "first"),
            "variants": ("ID", "size"),
            "score": ("score", "first"),
        }
    )
    planted = table[~np.isin(kind[inside], _UNPLANTED)].groupby("locus")["kind"]
    loci["kind"] = planted.first().reindex(loci.index).fillna("real")
    return loci.loc[least]
