"""What came out, in sentences computed from the tables."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy import stats

from gxjax.report.curves import chance_recall
from gxjax.report.labels import EFFECTS, column_label, in_order

__all__ = [
    "at_quantile",
    "best_by_effect",
    "best_column",
    "composite_sentence",
    "precision_sentence",
    "ranking_sentences",
    "recall_sentence",
]

_FALSE_ALARM = 0.01
_PLANTED = ("additive", "dominant", "recessive", "epistatic")


def at_quantile(table: pd.DataFrame, quantile: float) -> tuple[pd.DataFrame, float]:
    """The rows at the table's quantile nearest to `quantile`, and that quantile.

    Of an empty table no rows, and the quantile as it was asked for.
    """
    if table.empty:
        return table, quantile
    there = np.unique(table["quantile"])
    nearest = float(there[np.argmin(np.abs(there - quantile))])
    return table[table["quantile"] == nearest], nearest


def best_column(composite: pd.DataFrame) -> tuple[str, str]:
    """The (method, noise) of rank 1; the first row where no composite is known.

    Raises:
      ValueError: the table has no row.
    """
    if composite.empty:
        raise ValueError("composite: no row; expected one per score column")
    row = composite.sort_values("rank", na_position="last").iloc[0]
    return str(row["method"]), str(row["noise"])


def ranking_sentences(composite: pd.DataFrame) -> list[str]:
    """Which column ranks first, and whether the runner-up can be told from it.

    Two columns count as distinguishable when the first one's lower end over members is
    above the other's upper end. That is the spread of retrained networks on one cohort:
    it says nothing of another cohort or of other planted variants.

    Args:
      composite: `method noise value lower upper rank`.

    Returns:
      One to three sentences.
    """
    rows = composite.dropna(subset=["value"]).sort_values("rank")
    if rows.empty:
        return [
            "No composite score could be computed: it needs recall, precision and "
            "stability, and stability needs two members or more."
        ]
    first, others = rows.iloc[0], rows.iloc[1:]
    if not first["value"] > 0:
        return [
            "Every composite score is 0, since no column has both recall and precision "
            "above 0: none is better than another."
        ]
    if others.empty:
        return [f"{_named(first)} is the only column with a composite score."]
    sentences = [f"{_named(first)} has the highest composite score."]
    second = others.iloc[0]
    if not _has_spread(first) and not _has_spread(second):
        return [
            *sentences,
            f"The runner-up is {_named(second)}. Without a spread over members, "
            "whether they differ can not be judged.",
        ]
    overlapping = int((others["upper"] >= first["lower"]).sum())
    clear = second["upper"] < first["lower"]
    if clear:
        sentences.append(f"The runner-up, {_named(second)}, lies wholly below it.")
    else:
        sentences.append(
            f"The runner-up, {_named(second)}, overlaps it: the two are not "
            "distinguishable on this cohort."
        )
    if overlapping > (not clear):
        verb = "overlaps" if overlapping == 1 else "overlap"
        sentences.append(
            f"In all, {overlapping} of the {len(others)} other columns {verb} it."
        )
    return sentences


def best_by_effect(recall: pd.DataFrame, quantile: float = 0.99) -> pd.DataFrame:
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
    rows = rows[rows["method"] != "gwas"].dropna(subset=["value"])
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


def recall_sentence(best: pd.DataFrame, quantile: float) -> str:
    """How many effect types are found above chance, and how often the GWAS finds less.

    The four planted types are counted, not the groups that they make up.

    Args:
      best: what `best_by_effect` returns.
      quantile: the quantile that it was made at.
    """
    top = f"the top {_percent(1 - quantile)}"
    best = best[best["effect"].isin(_PLANTED)]
    if best.empty:
        return f"No planted variant was scored at {top}."
    known = best.dropna(subset=["limit"])
    above = int((known["value"] > known["limit"]).sum())
    text = (
        f"At {top} of variants, the best column recalls more than chance allows in "
        f"{above} of {len(known)} effect types"
    )
    rivals = best.dropna(subset=["gwas"])
    if rivals.empty:
        return f"{text}; there is no GWAS to compare with."
    ahead = int((rivals["value"] > rivals["gwas"]).sum())
    return f"{text}, and more than the GWAS in {ahead} of {len(rivals)}."


def composite_sentence(composite: pd.DataFrame) -> str:
    """At which share of variants the composite is made, and with which tau.

    Args:
      composite: with or without the columns `quantile tau`; "" where one is missing.
    """
    if not {"quantile", "tau"} <= set(composite.columns):
        return ""
    row = composite.iloc[0]
    return (
        f"Recall and precision are those at the top {_percent(1 - row['quantile'])} of "
        f"variants; tau is {row['tau']:.3g}, the RSD that halves the stability score."
    )


def precision_sentence(precision: pd.DataFrame, quantile: float = 0.98) -> str:
    """The highest precision at a quantile, and what 0 would mean.

    Args:
      precision: `method noise quantile value lower upper`.
      quantile: the share of variants left out; the nearest one there is gets used.
    """
    rows, found = at_quantile(precision, quantile)
    rows = rows.dropna(subset=["value"])
    top = f"the top {_percent(1 - found)}"
    if rows.empty:
        return f"No precision was computed at {top}."
    best = rows.iloc[int(rows["value"].argmax())]
    if best["value"] <= 0:
        return (
            f"At {top}, no column ranks real variants above decoys: the highest "
            f"precision is {_named(best)}, and 0 means as many decoys as real variants."
        )
    return (
        f"At {top}, the highest precision is {_named(best)}; "
        "0 would mean as many decoys as real variants, 1 no decoy at all."
    )


def _named(row: pd.Series) -> str:
    spread = f" ({row['lower']:.2f} to {row['upper']:.2f})" if _has_spread(row) else ""
    return f"{column_label(row['method'], row['noise'])} at {row['value']:.2f}{spread}"


def _has_spread(row: pd.Series) -> bool:
    return bool(row["upper"] > row["lower"])


def _percent(share: float) -> str:
    return f"{100 * share:.3g} %"


def _chance_limit(row: pd.Series, chance: float, columns: int) -> float:
    planted = float(row["planted"])
    if not planted > 0 or row["effect"] == "gwas_significant":
        return float("nan")
    hits = stats.binom.isf(_FALSE_ALARM / columns, int(planted), chance)
    return float(hits / planted)
