"""Which column has the highest composite score, and how sure that is, in sentences."""

from __future__ import annotations

import pandas as pd

from gxjax.report.headline import has_spread, named, percent

__all__ = ["best_column", "composite_sentence", "ranking_sentences"]

_LEVEL = 0.05


def best_column(composite: pd.DataFrame) -> tuple[str, str]:
    """The (method, noise) of rank 1; the first row where no composite is known.

    Raises:
      ValueError: the table has no row.
    """
    if composite.empty:
        raise ValueError("composite: no row; expected one per score column")
    row = composite.sort_values("rank", na_position="last").iloc[0]
    return str(row["method"]), str(row["noise"])


def composite_sentence(composite: pd.DataFrame) -> str:
    """At which share of variants the composite is made, and with which tau.

    Args:
      composite: with or without the columns `quantile tau`; "" where one is missing.
    """
    if not {"quantile", "tau"} <= set(composite.columns):
        return ""
    row = composite.iloc[0]
    return (
        f"Recall and precision are those at the top {percent(1 - row['quantile'])} of "
        f"variants; tau is {row['tau']:.3g}, the RSD that halves the stability score."
    )


def ranking_sentences(
    composite: pd.DataFrame, comparisons: pd.DataFrame | None = None
) -> list[str]:
    """Which column ranks first, and whether the runner-up can be told from it.

    Two columns are told apart by their paired difference, where `comparisons` has one
    of the metric "composite" (corrected p below 0.05). Without it intervals that do not
    overlap are said to; of those that do nothing is concluded, since columns that share
    draws can differ surely all the same.

    Args:
      composite: `method noise value lower upper rank`; with `first_share` and
        `first_share_weights` a sentence says how sure the first rank is.
      comparisons: `metric first_method first_noise second_method second_noise p_holm`.

    Returns:
      One to four sentences.
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
        return [f"{named(first)} is the only column with a composite score."]
    sentences = [f"{named(first)} has the highest composite score."]
    second = others.iloc[0]
    p = _paired_p(comparisons, first, second)
    if p == p:
        told = "can be told from it" if p < _LEVEL else "can not be told from it"
        sentences.append(
            f"The runner-up, {named(second)}, {told} on this data (paired bootstrap, "
            f"corrected p = {p:.2g})."
        )
    elif not has_spread(first) and not has_spread(second):
        return [
            *sentences,
            f"The runner-up is {named(second)}. Without an interval, "
            "whether they differ can not be judged.",
        ]
    else:
        sentences += _overlaps(first, others)
    return sentences + _sureness(first)


def _overlaps(first: pd.Series, others: pd.DataFrame) -> list[str]:
    second = others.iloc[0]
    overlapping = int((others["upper"] >= first["lower"]).sum())
    clear = second["upper"] < first["lower"]
    sentences = [
        f"The runner-up, {named(second)}, lies wholly below it."
        if clear
        else f"The runner-up is {named(second)}: the intervals overlap, which does not "
        "decide whether the two differ."
    ]
    if overlapping > (not clear):
        verb = "overlaps" if overlapping == 1 else "overlap"
        sentences.append(
            f"In all, {overlapping} of the {len(others)} other columns {verb} it."
        )
    return sentences


def _sureness(first: pd.Series) -> list[str]:
    share, weights = first.get("first_share"), first.get("first_share_weights")
    if share is None or weights is None or share != share or weights != weights:
        return []
    return [
        f"It ranks first in {percent(share)} of bootstrap draws, and in "
        f"{percent(weights)} of random weightings of the three parts."
    ]


def _paired_p(
    comparisons: pd.DataFrame | None, first: pd.Series, second: pd.Series
) -> float:
    """The corrected p of two columns' composites; NaN where they were not compared."""
    if comparisons is None or comparisons.empty:
        return float("nan")
    rows = comparisons[comparisons["metric"] == "composite"]
    sides = ["first_method", "first_noise", "second_method", "second_noise"]
    one, other = ([row["method"], row["noise"]] for row in (first, second))
    for wanted in ([*one, *other], [*other, *one]):
        found = rows.loc[(rows[sides] == wanted).all(axis=1), "p_holm"]
        if len(found):
            return float(found.iloc[0])
    return float("nan")
