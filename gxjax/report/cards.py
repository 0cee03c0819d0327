"""A card per method: what it computes, its figures here, what it can not tell."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import pandas as pd

from gxjax.report.answer import truths
from gxjax.report.curves import precision_kinds
from gxjax.report.headline import TOP_PRECISION, TOP_RECALL, at_quantile
from gxjax.report.labels import (
    EFFECTS,
    effect_label,
    in_order,
    method_label,
    noise_label,
    score_label,
)
from gxjax.report.method_notes import COMPARATOR_NOTES, NOISE_NOTES, Note, note_of
from gxjax.report.summaries import Cell, Grid, summary
from gxjax.types import COMPARATORS

__all__ = ["Card", "comparator_grid", "method_cards"]


class Card(NamedTuple):
    """A method, or a kind of noise, on the page.

    Attributes:
      name: its label.
      note: what it computes, its source and limits.
      grid: its figures, a column per kind of noise; without rows for a kind of noise.
    """

    name: str
    note: Note
    grid: Grid


def method_cards(tables: Mapping[str, pd.DataFrame]) -> list[Card]:
    """A card per method of the composite table, best composite first, then per noise.

    Args:
      tables: every table of `schemas.SCHEMAS`; figures that are not there are left out.
    """
    composite = tables["composite"].sort_values("rank", na_position="last")
    figures = _figures(tables)
    cards = []
    for method in in_order(composite["method"], []):
        noises = composite.loc[composite["method"] == method, "noise"].to_list()
        rows = [
            (head, [Cell(_text(values, (method, noise))) for noise in noises])
            for head, values in figures.items()
        ]
        useful = [_useful_for(tables["usefulness"], method, noise) for noise in noises]
        rows.append(("Useful for", [Cell(text) for text in useful]))
        heads = ["Figure", *(noise_label(noise) or "No noise" for noise in noises)]
        cards.append(Card(method_label(method), note_of(method), Grid(heads, rows)))
    return cards + [
        Card(f"With {noise_label(noise)}", NOISE_NOTES[noise], Grid([], []))
        for noise in in_order(composite["noise"], NOISE_NOTES)
        if noise in NOISE_NOTES
    ]


def comparator_grid(tables: Mapping[str, pd.DataFrame]) -> Grid:
    """What each comparator of the run computes, and its recall of all planted."""
    recall, quantile = at_quantile(tables["recall"], TOP_RECALL)
    names = in_order(
        [name for name in recall["method"] if name in COMPARATORS], COMPARATORS
    )
    values = _spread(recall[recall["effect"] == "all"])
    rows = [
        (
            method_label(name),
            [Cell(COMPARATOR_NOTES[name]), Cell(_text(values, (name, "none")))],
        )
        for name in names
    ]
    head = f"Recall of all planted, top {100 * (1 - quantile):.3g} %"
    return Grid(["Comparator", "What it is", head], rows)


def _figures(tables: Mapping[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """Per head of the cards' tables: `value lower upper` by column."""
    recall, quantile = at_quantile(tables["recall"], TOP_RECALL)
    precise, low = at_quantile(tables["precision"], TOP_PRECISION)
    average = tables["average_precision"]
    stability = tables["stability"].rename(columns={"median": "value"})
    found = {
        f"Recall, top {100 * (1 - quantile):.3g} %": recall[recall["effect"] == "all"],
        "Average precision": average[average["effect"] == "all"],
    }
    for title, part in precision_kinds(precise).items():
        if not title or title.endswith("variant"):
            kind = f" ({title.split(',')[0].lower()})" if title else ""
            found[f"Precision, top {100 * (1 - low):.3g} %{kind}"] = part
    found["Median RSD"] = stability
    measures = tables["faithfulness"]
    for name in in_order(measures["measure"], []):
        found[score_label(name)] = measures[measures["measure"] == name]
    return {head: _spread(part) for head, part in found.items() if len(part)}


def _spread(part: pd.DataFrame) -> pd.DataFrame:
    rows = part.drop_duplicates(["method", "noise"]).set_index(["method", "noise"])
    return rows.reindex(columns=["value", "lower", "upper"]).astype(float)


def _text(values: pd.DataFrame, column: tuple[str, str]) -> str:
    if column not in values.index:
        return "–"
    value, lower, upper = values.loc[[column]].to_numpy()[0].tolist()
    if value != value:
        return "–"
    return summary(value, lower, upper)


def _useful_for(usefulness: pd.DataFrame, method: str, noise: str) -> str:
    own = (usefulness["method"] == method) & (usefulness["noise"] == noise)
    rows = usefulness[own]
    if rows.empty:
        return "not judged"
    effects = in_order(rows.loc[truths(rows["useful"]), "effect"], EFFECTS)
    return "; ".join(effect_label(name) for name in effects) or "none"
