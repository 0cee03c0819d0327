"""Values with intervals as dots and whiskers, a row per score column."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from gxjax.report.labels import (
    EFFECTS,
    column_label,
    effect_label,
    in_order,
    score_label,
)
from gxjax.report.style import FAINT, GREY, Colours, colours_of, styled
from gxjax.report.tables import by_column, require_columns
from gxjax.types import COMPARATORS

__all__ = [
    "Panel",
    "average_precision_dots",
    "dot_panels",
    "measure_panels",
    "similarity_dots",
]

_SPREAD = ("method", "noise", "value", "lower", "upper")
_SIMILARITY = {
    "spearman": "Spearman, all variants",
    "jaccard": "Jaccard, top variants",
    "nogueira": "Nogueira, top variants",
}


class Panel(NamedTuple):
    """One axes of `dot_panels`.

    Attributes:
      title: above it.
      table: `method noise value lower upper`, a row per score column.
      reference: where a vertical line stands, as chance does; NaN for none.
    """

    title: str
    table: pd.DataFrame
    reference: float = float("nan")


@styled
def dot_panels(
    panels: Sequence[Panel],
    colours: Colours | None = None,
    label: str = "",
    across: int = 4,
) -> Figure:
    """Panels side by side that share their rows, comparators in the last ones.

    Args:
      panels: what to draw, one or more.
      colours: a colour per method; by default those of `colours_of`.
      label: of the horizontal axis.
      across: how many panels stand side by side at most.

    Returns:
      A figure with an axes per panel. A value without an interval is a dot alone.

    Raises:
      ValueError: a column is missing.
    """
    for panel in panels:
        require_columns(panel.table, panel.title, _SPREAD)
    together = pd.concat([panel.table[["method", "noise"]] for panel in panels])
    colours = colours or colours_of(together["method"])
    columns = [(method, noise) for method, noise, _ in by_column(together)]
    columns.sort(key=lambda column: column[0] in COMPARATORS)
    across = max(1, min(across, len(panels)))
    down = -(-len(panels) // across)
    size = (max(6.5, 2.6 + 2.1 * across), (0.9 + 0.21 * len(columns)) * down + 0.3)
    figure = Figure(figsize=size, layout="constrained")
    grid = figure.subplots(down, across, sharey=True, squeeze=False)
    for axes in grid.flat[len(panels) :]:
        axes.remove()
    for place, panel in enumerate(panels):
        _draw(grid.flat[place], panel, columns, colours)
    if label:
        figure.supxlabel(label, fontsize=9.5)
    first = grid[0, 0]
    first.set_yticks(range(len(columns)), [column_label(*name) for name in columns])
    first.set_ylim(len(columns) - 0.5, -0.5)
    return figure


def average_precision_dots(
    table: pd.DataFrame, colours: Colours | None = None
) -> Figure:
    """Average precision per effect type, chance as a line.

    Args:
      table: `method noise effect value lower upper chance`.
      colours: a colour per method; by default those of `colours_of`.

    Raises:
      ValueError: a column is missing.
    """
    require_columns(table, "average_precision", [*_SPREAD, "effect", "chance"])
    panels = [
        Panel(
            effect_label(effect),
            table[table["effect"] == effect],
            float(table.loc[table["effect"] == effect, "chance"].max()),
        )
        for effect in in_order(table["effect"], EFFECTS)
    ]
    return dot_panels(panels, colours, "Average precision (line: chance)")


def similarity_dots(table: pd.DataFrame, colours: Colours | None = None) -> Figure:
    """How alike the rankings of retrained networks are, by three measures.

    Args:
      table: `method noise` and, for each of spearman, jaccard and nogueira that it has,
        the value and its `_lower` and `_upper`.
      colours: a colour per method; by default those of `colours_of`.

    Raises:
      ValueError: a column is missing.
    """
    panels = []
    for name, title in _SIMILARITY.items():
        if name in table:
            ends = {f"{name}_{end}": end for end in ("lower", "upper")}
            wanted = ["method", "noise", name, *ends]
            require_columns(table, "stability", wanted)
            part = table[wanted].rename(columns=ends | {name: "value"})
            panels.append(Panel(title, part, 0.0 if name == "nogueira" else np.nan))
    return dot_panels(panels, colours, "1: the same for every network")


def measure_panels(table: pd.DataFrame) -> list[Panel]:
    """A panel per faithfulness measure that has a finite value."""
    known = table.dropna(subset=["value"])
    # Here it is the order in which variants are changed, and no comparator's score.
    known = known.replace({"method": {"random": "random_order"}})
    return [
        Panel(score_label(name), known[known["measure"] == name])
        for name in in_order(known["measure"], [])
    ]


def _draw(
    axes: Axes, panel: Panel, columns: list[tuple[str, str]], colours: Colours
) -> None:
    rows = panel.table.drop_duplicates(["method", "noise"])
    rows = rows.set_index(["method", "noise"])[["value", "lower", "upper"]]
    rows = rows.reindex(pd.MultiIndex.from_tuples(columns)).astype(float)
    own = sum(method not in COMPARATORS for method, _ in columns)
    if own < len(columns):
        axes.axhspan(own - 0.5, len(columns) - 0.5, color=FAINT, alpha=0.5, linewidth=0)
    if np.isfinite(panel.reference):
        axes.axvline(panel.reference, color=GREY, linewidth=1)
    places = np.arange(len(columns))
    shades = [colours[method] for method, _ in columns]
    axes.hlines(places, rows["lower"], rows["upper"], color=shades, linewidth=2)
    axes.scatter(rows["value"], places, c=shades, s=22, zorder=3, linewidths=0)
    axes.set_title(panel.title)
    axes.tick_params(axis="y", length=0)
