"""Cells of a heat map: shade, number, and the interval as a line at the foot."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.collections import PatchCollection
from matplotlib.colors import Colormap, LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from numpy.typing import ArrayLike

from gxjax.report.labels import (
    EFFECTS,
    column_label,
    effect_label,
    in_order,
)
from gxjax.report.style import GREY, INK, styled
from gxjax.report.tables import by_column, require_columns
from gxjax.types import COMPARATORS

__all__ = ["bare", "draw_cells", "frequency_heatmap", "sanity_heatmap"]

HEAT = LinearSegmentedColormap.from_list("heat", ["#ffffff", "#8fc1de", "#3f8fc0"])
PALE = LinearSegmentedColormap.from_list("pale", ["#ffffff", "#b8bfc7"])
_SANITY = "method noise layer value lower upper"
_FREQUENCY = "method noise effect maf_low maf_high quantile value lower upper planted"


def draw_cells(
    axes: Axes,
    x: ArrayLike,
    y: ArrayLike,
    rows: pd.DataFrame,
    *,
    heat: Colormap = HEAT,
    half: float = 0.47,
    marked: Sequence[bool] | None = None,
    bold: Sequence[bool] | None = None,
) -> None:
    """Cells about the points (x, y).

    Args:
      axes: where to draw.
      x, y: the middles [n] of the cells, which are 1 wide.
      rows: `value lower upper`, n rows; a NaN is drawn as "–".
      heat: the shade of a value.
      half: half the height.
      marked: bool [n], whether to leave room for a mark at the right.
      bold: bool [n], whether the number is bold.
    """
    value, lower, upper = rows[["value", "lower", "upper"]].to_numpy(float).T
    known = np.isfinite(value)
    x, y = (np.asarray(place, float) for place in (x, y))
    # Collections and not one artist per cell: there are hundreds.
    boxes = [
        Rectangle((left - 0.47, middle - half), 0.94, 2 * half)
        for left, middle in zip(x, y, strict=True)
    ]
    shown = [box for box, there in zip(boxes, known, strict=True) if there]
    shades = heat(np.clip(np.abs(value[known]), 0, 1))
    axes.add_collection(PatchCollection(shown, facecolors=shades, linewidths=0))
    for place in range(len(value)):
        left = 0.13 if marked is not None and marked[place] else 0.0
        text = f"{value[place]:.2f}".replace("0.", ".", 1) if known[place] else "–"
        weight = "bold" if bold is not None and bold[place] else "normal"
        look: dict[str, Any] = {"ha": "center", "va": "center", "fontsize": 8.5}
        axes.text(x[place] - left, y[place] - 0.17 * half, text, weight=weight, **look)
    wide = known & (upper > lower)
    start, foot = x[wide] - 0.43, y[wide] + 0.8 * half
    axes.hlines(foot, start, start + 0.86, color="white", linewidth=2.2)
    axes.hlines(foot, start, start + 0.86, color=GREY, linewidth=0.5)
    ends = start + 0.86 * np.clip([lower[wide], upper[wide]], 0, 1)
    axes.hlines(foot, *ends, color=INK, linewidth=2)


def bare(axes: Axes) -> None:
    """Takes grid, ticks and frame away."""
    axes.grid(visible=False)
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)


@styled
def frequency_heatmap(table: pd.DataFrame) -> Figure:
    """Recall in bins of minor allele frequency, a panel per effect type.

    Args:
      table: `method noise effect maf_low maf_high quantile value lower upper planted`,
        of one quantile.

    Returns:
      A figure with an axes per effect type: score columns and then comparators as rows,
      bins and the planted variants in them as columns.

    Raises:
      ValueError: a column is missing.
    """
    require_columns(table, "frequency", _FREQUENCY.split())
    effects = in_order(table["effect"], EFFECTS)
    bins = table.drop_duplicates(["maf_low", "maf_high"]).sort_values("maf_low")
    lows = bins["maf_low"].to_list()
    across = max(1, min(3, len(effects), 14 // max(len(lows), 1)))
    down = max(1, -(-len(effects) // across))
    columns = [(method, noise) for method, noise, _ in by_column(table)]
    columns.sort(key=lambda column: column[0] in COMPARATORS)
    size = (2.8 + 0.58 * len(lows) * across, (1.0 + 0.27 * len(columns)) * down)
    figure = Figure(figsize=size, layout="constrained")
    grid = figure.subplots(down, across, squeeze=False)
    for axes in grid.flat[len(effects) :]:
        axes.remove()
    for place, effect in enumerate(effects):
        axes = grid.flat[place]
        part = table[table["effect"] == effect]
        _rows(axes, part, columns, "maf_low", lows)
        counts = part.groupby("maf_low")["planted"].max().reindex(lows)
        names = [f"{row.maf_low:g}–{row.maf_high:g}" for row in bins.itertuples()]
        known = [f"\nn = {n:.0f}" if n == n else "" for n in counts]
        names = [name + count for name, count in zip(names, known, strict=True)]
        axes.set_xticks(range(len(lows)), names, fontsize=8)
        axes.set_title(effect_label(effect))
        if place % across:
            axes.set_yticks([])
    return figure


@styled
def sanity_heatmap(table: pd.DataFrame) -> Figure:
    """How far scores survive the randomisation of the network, layer by layer.

    Args:
      table: `method noise layer value lower upper`; Spearman correlation of the scores
        with those of the network randomised from its output down to `layer`, or, for
        the layer "labels", trained on shuffled labels. Layers keep their order.

    Returns:
      A figure with one axes: a row per score column, a column per layer.

    Raises:
      ValueError: a column is missing.
    """
    require_columns(table, "sanity", _SANITY.split())
    layers = [name for name in in_order(table["layer"], []) if name != "labels"]
    if (table["layer"] == "labels").any():
        layers.append("labels")
    columns = [(method, noise) for method, noise, _ in by_column(table)]
    size = (max(6.5, 3.2 + 0.95 * len(layers)), 1.0 + 0.3 * len(columns))
    figure = Figure(figsize=size, layout="constrained")
    axes = figure.subplots()
    _rows(axes, table, columns, "layer", layers)
    names = [
        "Shuffled\nlabels" if name == "labels" else f"Down to\n{name}"
        for name in layers
    ]
    axes.set_xticks(range(len(layers)), names)
    axes.xaxis.tick_top()
    return figure


def _rows(
    axes: Axes,
    table: pd.DataFrame,
    columns: Sequence[tuple[str, str]],
    by: str,
    order: list,
) -> None:
    groups = {(method, noise): rows for method, noise, rows in by_column(table)}
    for y, column in enumerate(columns):
        rows = groups.get(column, table.iloc[:0])
        rows = rows.drop_duplicates(by).set_index(by).reindex(order)
        heat = PALE if column[0] in COMPARATORS else HEAT
        draw_cells(axes, range(len(order)), [y] * len(order), rows, heat=heat)
    axes.set_yticks(range(len(columns)), [column_label(*name) for name in columns])
    axes.set_xlim(-0.5, len(order) - 0.5)
    axes.set_ylim(len(columns) - 0.5, -0.5)
    bare(axes)
