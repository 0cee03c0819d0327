"""Deletion and insertion: whether the output follows the scores."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from gxjax.report.labels import column_label, in_order, score_label
from gxjax.report.style import (
    GREY,
    Colours,
    colours_of,
    legend_below,
    noise_style,
    styled,
)
from gxjax.report.tables import by_column, require_columns

__all__ = ["faithfulness_curves"]

_LEAST = 1e-4
_FURTHEST = 1.0


@styled
def faithfulness_curves(table: pd.DataFrame, colours: Colours | None = None) -> Figure:
    """The output left, or won, as the highest scored variants are taken out or put in.

    Args:
      table: `method noise curve fraction value lower upper`; fraction of variants.
        A curve whose name holds "random" is drawn as reference in every panel that its
        name begins or ends with, and in all if it is "random" alone.
      colours: a colour per method; by default those of `colours_of`.

    Returns:
      A figure with an axes per curve.

    Raises:
      ValueError: a column is missing.
    """
    needed = "method noise curve fraction value lower upper"
    require_columns(table, "faithfulness_curves", needed.split())
    colours = colours or colours_of(table["method"])
    random = table["curve"].str.contains("random") | (table["method"] == "random")
    curves = in_order(table.loc[~random, "curve"], ["deletion", "insertion"])
    size = (max(4.6 * len(curves), 6), 3.8)
    figure = Figure(figsize=size, layout="constrained")
    grid = figure.subplots(1, max(1, len(curves)), sharey=True, squeeze=False)[0]
    positive = table.loc[table["fraction"] > 0, "fraction"]
    least = float(positive.min()) if len(positive) else _LEAST
    for axes, curve in zip(grid, curves, strict=False):
        reference = random & table["curve"].str.contains(
            f"^random$|{re.escape(curve)}", regex=True
        )
        for dull in (True, False):
            rows = table[reference] if dull else table[~random & (table.curve == curve)]
            for method, noise, part in by_column(rows):
                line = part.sort_values("fraction")
                shade = GREY if dull else colours[method]
                x = np.maximum(line["fraction"].to_numpy(float), least / 3)
                name = "_" if dull else column_label(method, noise)
                style = "--" if dull else noise_style(noise)
                axes.plot(x, line["value"], color=shade, linestyle=style, label=name)
                band = {"color": shade, "alpha": 0.08, "linewidth": 0}
                axes.fill_between(x, line["lower"], line["upper"], **band)
        axes.set_xscale("log")
        axes.xaxis.set_major_formatter(FuncFormatter(_percent))
        axes.set_xlim(least / 4, 1.3)
        # Of people whose output hardly changes the share can be anything.
        low, high = axes.get_ylim()
        axes.set_ylim(max(low, -_FURTHEST), min(high, 1 + _FURTHEST))
        axes.set_title(score_label(curve))
        axes.set_xlabel("Variants changed (%)")
    if random.any():
        grid[0].plot([], [], color=GREY, linestyle="--", label="Random order")
    grid[0].set_ylabel("Share of the change of output")
    legend_below(figure, grid[0], columns=3)
    return figure


def _percent(share: float, _: int) -> str:
    return f"{100 * share:g}"
