"""Every table of the page, as text."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from gxjax.report import summaries
from gxjax.report.cards import comparator_grid, method_cards
from gxjax.report.completeness import completeness_grid
from gxjax.report.curves import precision_kinds
from gxjax.report.discovery import loci_grid, selected_grid
from gxjax.report.effects import comparison_grid, effect_grids, interaction_grid
from gxjax.report.headline import TOP_PRECISION, TOP_RECALL, at_quantile
from gxjax.report.labels import effect_label, score_label
from gxjax.report.summaries import Cell, Grid

__all__ = ["page_grids"]

_COMPOSITE = {
    "value": "Composite",
    "interval": "95 % interval",
    "recall": "Recall",
    "precision": "Precision",
    "stability": "Stability",
    "median_rsd": "Median RSD",
    "ranks": "Rank, 95 %",
}
_STABILITY = {
    "median": "Median RSD",
    "interval": "95 % interval",
    "mean": "Mean",
    "mad": "MAD",
    "q25": "25 %",
    "q75": "75 %",
    "p10": "10 %",
    "p90": "90 %",
    "spearman": "Spearman",
    "jaccard": "Jaccard",
    "nogueira": "Nogueira",
    "excluded": "Left out",
    "variants": "Variants",
}
_FILTERS = ["Filter", "People removed", "Variants removed", "People", "Variants"]


def page_grids(
    tables: Mapping[str, pd.DataFrame], column: tuple[str, str]
) -> dict[str, Any]:
    """Grids by the name that the templates know them by.

    Args:
      tables: every table of `schemas.SCHEMAS`.
      column: the (method, noise) whose loci are listed.
    """
    composite, published = tables["composite"], tables["composite_published"]
    qc = tables["qc"][
        ["filter", "removed_people", "removed_variants", "people", "variants"]
    ]
    return {
        "composite_grid": _ranked(composite),
        "published_grid": _ranked(published),
        "comparison_grid": comparison_grid(tables["comparisons"], column),
        "effect_grids": effect_grids(tables),
        "recall_grid": summaries.quantile_grid(tables["recall"], "effect", TOP_RECALL),
        "average_precision_grid": summaries.quantile_grid(
            tables["average_precision"], "effect"
        ),
        "precision_grids": _precision(tables["precision"]),
        "stability_grid": _plain(tables["stability"], _STABILITY),
        "completeness_grid": completeness_grid(tables["completeness"]),
        "planted_grid": summaries.planted_grid(tables["manifest"]),
        "loci_grid": loci_grid(tables["loci"], column),
        "selected_grid": selected_grid(tables["selected"]),
        "dominance_grid": _dominance(tables["dominance"]),
        "interaction_grid": interaction_grid(tables["interactions"]),
        "comparator_grid": comparator_grid(tables),
        "cards": method_cards(tables),
        "qc_grid": summaries.table_grid(qc, _FILTERS),
    }


def _plain(table: pd.DataFrame, heads: dict[str, str]) -> Grid:
    """`plain_grid` of the columns that are there, intervals in one cell each."""
    ends = {"interval": ("lower", "upper"), "ranks": ("rank_lower", "rank_upper")}
    for name, (low, high) in ends.items():
        if {low, high} <= set(table):
            pairs = zip(table[low], table[high], strict=True)
            table = table.assign(**{name: [_from_to(*pair) for pair in pairs]})
    there = {name: head for name, head in heads.items() if name in table}
    return summaries.plain_grid(table, there)


def _from_to(low: float, high: float) -> str:
    if low != low or high != high:
        return "–"
    return f"{summaries.number(low)} – {summaries.number(high)}"


def _ranked(composite: pd.DataFrame) -> Grid:
    rows = composite.sort_values("rank", na_position="last")
    return _plain(rows, _COMPOSITE)


def _precision(table: pd.DataFrame) -> list[tuple[str, Grid]]:
    """A grid of all quantiles per kind of null and of counting, with its title."""
    if table.empty:
        return []
    kinds = precision_kinds(table)
    own = [(name, summaries.quantile_grid(t, "quantile")) for name, t in kinds.items()]
    if len(kinds) == 1:
        return own
    together = [
        at_quantile(part, TOP_PRECISION)[0].assign(kind=title)
        for title, part in kinds.items()
    ]
    _, quantile = at_quantile(table, TOP_PRECISION)
    title = f"All kinds of null at the top {100 * (1 - quantile):.3g} %"
    return [(title, summaries.quantile_grid(pd.concat(together), "kind")), *own]


def _dominance(table: pd.DataFrame) -> Grid:
    rows = [
        (
            effect_label(str(row["effect"])),
            [Cell(summaries.number(row["contrast_mean"]))]
            + [Cell(_from_to(row["lower"], row["upper"]))]
            + [Cell(summaries.number(row[name])) for name in ("auroc", "planted")],
        )
        for row in table.to_dict("records")
    ]
    heads = ["Effect", "Mean contrast", "95 % interval", score_label("auroc")]
    return Grid([*heads, "Variants"], rows)
