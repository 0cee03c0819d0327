"""What came out, in sentences computed from the tables."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from scipy import stats

from gxjax.report.curves import chance_recall, precision_kinds
from gxjax.report.labels import (
    EFFECTS,
    column_label,
    in_order,
    is_comparator,
)
from gxjax.types import PLANTED_KINDS

__all__ = [
    "TOP_PRECISION",
    "TOP_RECALL",
    "against_random",
    "at_quantile",
    "best_by_effect",
    "has_spread",
    "named",
    "percent",
    "precision_sentence",
    "recall_sentence",
    "verdict_quantile",
]

_FALSE_ALARM = 0.01
_IDENTITY = ("method", "noise", "effect", "null", "counted", "maf_low", "score")
TOP_RECALL, TOP_PRECISION = 0.99, 0.98
"""Quantiles at which the page quotes recall and precision."""


def at_quantile(table: pd.DataFrame, quantile: float) -> tuple[pd.DataFrame, float]:
    """The rows at the table's quantile nearest to `quantile`, and that quantile.

    Of an empty table no rows, and the quantile as it was asked for. A quantile and a
    number K that come to the same are one row.
    """
    if table.empty:
        return table, quantile
    there = table["quantile"].astype(float)
    nearest = float(there.iloc[int(np.argmin(np.abs(there - quantile)))])
    rows = table[np.isclose(there, nearest, rtol=0, atol=1e-9)]
    names = [name for name in _IDENTITY if name in rows]
    return rows.drop_duplicates(names), nearest


def verdict_quantile(tables: Mapping[str, pd.DataFrame]) -> float:
    """The quantile that `trusted` was made at: that of the composite, where it says."""
    known = tables["composite"].get("quantile", pd.Series(dtype=float)).dropna()
    return float(known.iloc[0]) if len(known) else TOP_RECALL


def best_by_effect(recall: pd.DataFrame, quantile: float = TOP_RECALL) -> pd.DataFrame:
    """The best attribution column per effect type, beside chance and the GWAS.

    Args:
      recall: `method noise effect quantile value lower upper planted`.
      quantile: the share of variants left out; the nearest one there is gets used.

    Returns:
      A row per effect type that has a finite recall, in the order of `EFFECTS`:
      `effect method noise value lower upper ties gwas chance limit planted`. `ties`
      counts further columns with the same value; `limit` is the recall that the best of
      as many random rankings would exceed with probability 1 % (binomial tail,
      Bonferroni over columns); both it and `gwas` may be NaN. There is no limit for
      `gwas_significant`, whose variants come in LD and not one by one. A random
      ranking does not follow the allele frequency, as scores of networks do.
    """
    rows, found = at_quantile(recall, quantile)
    gwas = rows[rows["method"] == "gwas"].set_index("effect")["value"]
    rows = rows[~is_comparator(rows["method"])].dropna(subset=["value"])
    best = []
    for effect in in_order(rows["effect"], EFFECTS):
        part = rows[rows["effect"] == effect]
        row = part.iloc[int(part["value"].argmax())]
        chance = float(chance_recall(effect, found))
        best.append(
            {name: row[name] for name in ("effect", "method", "noise", "value")}
            | {"lower": row["lower"], "upper": row["upper"]}
            | {"ties": int((part["value"] == row["value"]).sum()) - 1}
            | {"gwas": gwas.get(effect, np.nan), "chance": chance}
            | {"limit": _chance_limit(row, chance, len(part))}
            | {"planted": row["planted"]}
        )
    names = "effect method noise value lower upper ties gwas chance limit planted"
    return pd.DataFrame(best, columns=names.split())


def against_random(best: pd.DataFrame, recall: pd.DataFrame) -> pd.DataFrame:
    """`best_by_effect` with the chance of a truth whose neighbours in LD count.

    Chance is then higher than the share kept, by an amount that only a random order
    shows.

    Args:
      best: what `best_by_effect` returns.
      recall: the rows of the recall table at the same quantile; those of the method
        "random" are used.

    Returns:
      `best` with `chance` and `limit` no lower than the random order's recall and the
      upper end of its interval; `limit` is NaN where there is none.
    """
    random = recall[recall["method"] == "random"].set_index("effect")
    found = random.reindex(best["effect"])[["value", "upper"]].to_numpy(float)
    return best.assign(
        chance=np.fmax(best["chance"], found[:, 0]),
        limit=np.maximum(best["limit"].astype(float), found[:, 1]),
    )


def recall_sentence(best: pd.DataFrame, loci: pd.DataFrame, quantile: float) -> str:
    """How many effect types are found above chance, and how often the GWAS finds less.

    The planted types are counted, not the groups that they make up.

    Args:
      best: what `best_by_effect` returns of recall.
      loci: likewise of recall among loci; without rows it is not told.
      quantile: the quantile that both were made at.
    """
    top = f"the top {percent(1 - quantile)}"
    best = best[best["effect"].isin(PLANTED_KINDS)]
    if best.empty:
        return f"No planted variant was scored at {top}."
    known = best.dropna(subset=["limit"])
    above = int((known["value"] > known["limit"]).sum())
    text = (
        f"At {top} of variants, the best column recalls more than chance allows in "
        f"{above} of {len(known)} effect types"
    )
    ahead, rivals = _ahead_of_gwas(best)
    if not rivals:
        return f"{text}; there is no GWAS to compare with."
    text = f"{text}, and more than the GWAS in {ahead} of {rivals}"
    ahead, rivals = _ahead_of_gwas(loci)
    return f"{text} (among loci: {ahead} of {rivals})." if rivals else f"{text}."


def _ahead_of_gwas(best: pd.DataFrame) -> tuple[int, int]:
    """In how many planted effect types the best is above the GWAS, and of how many."""
    rivals = best[best["effect"].isin(PLANTED_KINDS)].dropna(subset=["gwas"])
    return int((rivals["value"] > rivals["gwas"]).sum()), len(rivals)


def precision_sentence(precision: pd.DataFrame, quantile: float = TOP_PRECISION) -> str:
    """The highest precision at a quantile, and what 0 would mean.

    Args:
      precision: `method noise quantile value lower upper`, and perhaps `null counted`.
      quantile: the share of variants left out; the nearest one there is gets used.

    Returns:
      A sentence about knockoffs counted by variant where they are there, since they
      flatter least; else about the table's first kind of null.
    """
    kinds = precision_kinds(precision)
    title, part = next(iter(kinds.items()))
    title = next((name for name in kinds if name.startswith("Knockoffs")), title)
    rows, found = at_quantile(kinds.get(title, part), quantile)
    rows = rows.dropna(subset=["value"])
    top = f"the top {percent(1 - found)}"
    against = f" ({title[:1].lower()}{title[1:]})" if title else ""
    if rows.empty:
        return f"No precision was computed at {top}."
    best = rows.iloc[int(rows["value"].argmax())]
    if best["value"] <= 0:
        return (
            f"At {top}, no column ranks real variants above decoys: the highest "
            f"precision{against} is {named(best)}, and 0 means as many decoys as real "
            "variants."
        )
    return (
        f"At {top}, the highest precision{against} is {named(best)}; "
        "0 would mean as many decoys as real variants, 1 no decoy at all."
    )


def named(row: pd.Series) -> str:
    """ "Saliency at 0.62 (0.59 to 0.65)"."""
    spread = f" ({row['lower']:.2f} to {row['upper']:.2f})" if has_spread(row) else ""
    return f"{column_label(row['method'], row['noise'])} at {row['value']:.2f}{spread}"


def has_spread(row: pd.Series) -> bool:
    """Whether a row's interval is wider than a point."""
    return bool(row["upper"] > row["lower"])


def percent(share: float) -> str:
    """0.021 -> "2.1 %"."""
    return f"{100 * share:.3g} %"


def _chance_limit(row: pd.Series, chance: float, columns: int) -> float:
    planted = float(row["planted"])
    if not planted > 0 or row["effect"] == "gwas_significant":
        return float("nan")
    hits = stats.binom.isf(_FALSE_ALARM / columns, int(planted), chance)
    return float(hits / planted)
