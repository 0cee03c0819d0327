"""Mean ranks of score columns, and which of them can not be told apart."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from gxjax.report.labels import column_label, in_order, score_label
from gxjax.report.style import INK, Colours, colours_of, styled
from gxjax.report.tables import require_columns

__all__ = ["critical_difference_diagram", "indistinct_groups"]


def indistinct_groups(ranks: np.ndarray, difference: float) -> list[tuple[int, int]]:
    """The largest runs of sorted mean ranks that lie within the critical difference.

    Args:
      ranks: mean ranks [C], ascending.
      difference: the critical difference.

    Returns:
      (first, last) of each run of two or more that is in no other run.
    """
    groups: list[tuple[int, int]] = []
    for first, rank in enumerate(ranks):
        last = int(np.searchsorted(ranks, rank + difference, side="right")) - 1
        if last > first and (not groups or last > groups[-1][1]):
            groups.append((first, last))
    return groups


@styled
def critical_difference_diagram(
    table: pd.DataFrame, colours: Colours | None = None
) -> Figure:
    """Mean ranks, the best at the left; a bar joins columns that may be equal.

    Args:
      table: `metric method noise mean_rank critical_difference cases friedman_p`.
      colours: a colour per method; by default those of `colours_of`.

    Returns:
      A figure with an axes per metric.

    Raises:
      ValueError: a column is missing.

    References:
      Demsar, "Statistical comparisons of classifiers over multiple data sets", 2006,
      https://jmlr.org/papers/v7/demsar06a.html
    """
    needed = "metric method noise mean_rank critical_difference cases friedman_p"
    require_columns(table, "ranks", needed.split())
    colours = colours or colours_of(table["method"])
    table = table.dropna(subset=["mean_rank"])
    metrics = in_order(table["metric"], [])
    most = max([1, *table.groupby("metric").size()])
    size = (9.5, max(1, len(metrics)) * (1.3 + 0.22 * most))
    figure = Figure(figsize=size, layout="constrained")
    grid = figure.subplots(max(1, len(metrics)), 1, squeeze=False)[:, 0]
    for axes, metric in zip(grid, metrics, strict=False):
        rows = table[table["metric"] == metric].sort_values("mean_rank")
        _draw(axes, rows, colours)
        first = rows.iloc[0]
        axes.set_title(_title(score_label(metric), first))
    return figure


def _title(name: str, row: pd.Series) -> str:
    parts = [f"{name}: {row['cases']:.0f} cases"] if row["cases"] > 0 else [name]
    if row["friedman_p"] == row["friedman_p"]:
        parts.append(f"Friedman p = {row['friedman_p']:.2g}")
    if row["critical_difference"] == row["critical_difference"]:
        parts.append(f"critical difference {row['critical_difference']:.2f}")
    return ", ".join(parts)


def _draw(axes: Axes, rows: pd.DataFrame, colours: Colours) -> None:
    ranks = rows["mean_rank"].to_numpy(float)
    groups = indistinct_groups(ranks, float(rows["critical_difference"].iloc[0]))
    for place, (first, last) in enumerate(groups):
        ends = ranks[[first, last]] + np.array([-0.06, 0.06])
        axes.plot(ends, [0.4 + 0.32 * place] * 2, color=INK, linewidth=3.2)
    below = 0.9 + 0.32 * len(groups)
    low, high = np.floor(ranks.min()), np.ceil(ranks.max())
    margin = 0.08 * max(high - low, 1.0)
    left = -(-len(ranks) // 2)
    for place, row in enumerate(rows.to_dict("records")):
        near = place < left
        height = below + (place if near else len(ranks) - 1 - place)
        edge = low - margin if near else high + margin
        colour, rank = colours[row["method"]], row["mean_rank"]
        axes.plot([rank, rank, edge], [0, height, height], color=colour, linewidth=1.1)
        name = f"{column_label(row['method'], row['noise'])}  {rank:.1f}"
        axes.annotate(
            name,
            (edge, height),
            (-4 if near else 4, 0),
            textcoords="offset points",
            ha="right" if near else "left",
            va="center",
        )
    axes.set_ylim(below + left - 0.4, 0)
    axes.set_xlim(low - margin, high + margin)
    axes.xaxis.tick_top()
    axes.set_yticks([])
    axes.grid(visible=False)
    axes.spines[["left", "bottom"]].set_visible(False)
    axes.spines["top"].set_visible(True)
    axes.set_xlabel("Mean rank (1 is best)")
    axes.xaxis.set_label_position("top")
