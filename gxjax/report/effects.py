"""Tables per effect type: the best columns, the comparators, paired differences."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import pandas as pd

from gxjax.report.answer import truths
from gxjax.report.headline import at_quantile, verdict_quantile
from gxjax.report.labels import (
    EFFECTS,
    column_label,
    effect_label,
    in_order,
    is_comparator,
    method_label,
    score_label,
    sentence_list,
)
from gxjax.report.summaries import Cell, Grid, number, summary

__all__ = ["comparison_grid", "effect_grids", "interaction_grid"]

_MOST_COLUMNS = 6
_MOST_PAIRS = 60
_KEYS = ["method", "noise"]


def effect_grids(tables: Mapping[str, pd.DataFrame]) -> list[tuple[str, Grid]]:
    """Per effect type its label and a table: the best columns, then the comparators.

    Args:
      tables: every table of `schemas.SCHEMAS`; without recall there is no table.
    """
    quantile = verdict_quantile(tables)
    recall, loci = (
        at_quantile(tables[name], quantile)[0] for name in ("recall", "locus_recall")
    )
    return [
        (effect_label(effect), _effect_grid(effect, recall, loci, tables))
        for effect in in_order(recall["effect"], EFFECTS)
    ]


def comparison_grid(comparisons: pd.DataFrame, column: tuple[str, str]) -> Grid:
    """Paired differences of one column from all others, over all planted effects.

    Args:
      comparisons: `metric effect first_method first_noise second_method second_noise
        difference lower upper p p_holm`.
      column: the (method, noise) that the others are taken from.
    """
    table = comparisons[~comparisons["effect"].isin(set(EFFECTS) - {"all"})]
    rows = []
    for row in table.to_dict("records"):
        first = (row["first_method"], row["first_noise"])
        second = (row["second_method"], row["second_noise"])
        if column not in (first, second):
            continue
        sign = 1 if column == first else -1
        ends = sorted([sign * row["lower"], sign * row["upper"]])
        other = second if column == first else first
        texts = [score_label(row["metric"]), f"{sign * row['difference']:+.3f}"]
        texts += [f"{ends[0]:+.3f} to {ends[1]:+.3f}"]
        texts += [_probability(row["p"]), _probability(row["p_holm"])]
        rows.append((column_label(*other), [Cell(text) for text in texts]))
    heads = ["Other column", "Metric", "Difference", "95 % interval", "p"]
    return Grid([*heads, "p, Holm"], rows[:_MOST_PAIRS])


def interaction_grid(interactions: pd.DataFrame) -> Grid:
    """Planted pairs found, by interaction score and number of pairs kept."""
    rows = []
    for row in interactions.to_dict("records"):
        texts = [effect_label(str(row["effect"])), number(row["k"])]
        texts += [_with_interval(row), number(row["planted"])]
        rows.append((score_label(str(row["score"])), [Cell(text) for text in texts]))
    return Grid(["Score", "Effect", "Pairs kept", "Found", "Planted"], rows)


def _effect_grid(
    effect: str,
    recall: pd.DataFrame,
    loci: pd.DataFrame,
    tables: Mapping[str, pd.DataFrame],
) -> Grid:
    rows = recall[recall["effect"] == effect].dropna(subset=["value"])
    rivals = is_comparator(rows["method"])
    order = [
        rows[~rivals].nlargest(_MOST_COLUMNS, "value"),
        rows[rivals].nlargest(len(rows), "value"),
    ]
    average, trusted, usefulness = (
        _by_column(tables[name], effect)
        for name in ("average_precision", "trusted", "usefulness")
    )
    cells: dict[str, Callable[[dict, tuple[str, str]], Cell]] = {
        "Recall": lambda row, _: Cell(_with_interval(row))
    }
    among_loci = _by_column(loci, effect)
    if not among_loci.empty:
        cells["Among loci"] = lambda _, key: _of_column(among_loci, key)
    if {"least", "greatest"} <= set(rows):
        cells["Members"] = lambda row, _: Cell(_range(row))
    if not average.empty:
        cells["Average precision"] = lambda _, key: _of_column(average, key)
    if not trusted.empty:
        cells["Verdict"] = lambda _, key: Cell(_verdict(trusted, key))
    if not usefulness.empty:
        cells["Not beaten"] = lambda _, key: Cell(_not_beaten(usefulness, key))
    shown = []
    for row in pd.concat(order).to_dict("records"):
        key = (row["method"], row["noise"])
        shown.append((column_label(*key), [cell(row, key) for cell in cells.values()]))
    return Grid(["Column", *cells], shown)


def _by_column(table: pd.DataFrame, effect: str) -> pd.DataFrame:
    rows = table[table["effect"] == effect].drop_duplicates(_KEYS)
    return rows.set_index(_KEYS).sort_index()


def _of_column(table: pd.DataFrame, key: tuple[str, str]) -> Cell:
    """Another figure of a column, short: its interval is the note."""
    if key not in table.index:
        return Cell("–")
    row = table.loc[[key]].to_dict("records")[0]
    if row["value"] != row["value"]:
        return Cell("–")
    return Cell(f"{row['value']:.2f}", note=_with_interval(row))


def _verdict(trusted: pd.DataFrame, key: tuple[str, str]) -> str:
    if key not in trusted.index:
        return "comparator"
    best, near, useful = (
        bool(truths(trusted.loc[[key]][name]).iloc[0])
        for name in ("best", "within_noise_of_best", "useful")
    )
    if not float(trusted.loc[[key]]["value"].iloc[0]) > 0:
        return "finds none"
    if not best and not near:
        return "worse than the best"
    place = "best" if best else "as good within noise"
    return f"{place}, {'useful' if useful else 'not useful'}"


def _not_beaten(usefulness: pd.DataFrame, key: tuple[str, str]) -> str:
    if key not in usefulness.index:
        return "–"
    names = str(usefulness.loc[key, "not_beaten"]).split(",")
    return (
        sentence_list([method_label(n) for n in names if n not in ("", "nan")]) or "–"
    )


def _with_interval(row: Mapping) -> str:
    value = row.get("value", np.nan)
    if value != value:
        return "–"
    return summary(value, row["lower"], row["upper"])


def _range(row: Mapping) -> str:
    if not row["greatest"] > row["least"]:
        return "–"
    return f"{row['least']:.2f} – {row['greatest']:.2f}"


def _probability(p: float) -> str:
    return f"{p:.2g}" if p == p else "–"
