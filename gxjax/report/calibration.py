"""Calibration of p-values: observed against expected under the null."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from gxjax.report.labels import column_label, in_order
from gxjax.report.style import (
    FAINT,
    GREY,
    Colours,
    colours_of,
    legend_below,
    noise_style,
    styled,
)
from gxjax.report.tables import by_column, require_columns

__all__ = ["calibration_plot"]

_CALIBRATION = "method noise expected observed lower upper"
_TITLES = {"shuffled": "Phenotype shuffled: nothing to find", "real": "Real phenotype"}


@styled
def calibration_plot(table: pd.DataFrame, colours: Colours | None = None) -> Figure:
    """Observed against expected p-values, with the band of uniform ones.

    Args:
      table: `method noise expected observed lower upper`, all -log10; the band is from
        `lower` to `upper` at each `expected`. With a column `phenotype`, "shuffled" and
        "real" get an axes each; without it all are taken to be of the null.
      colours: a colour per method; by default those of `colours_of`.

    Returns:
      A figure with an axes per phenotype. Above the band p-values are smaller than
      uniform ones: wrong under the null, and expected of the real phenotype.

    Raises:
      ValueError: a column is missing.
    """
    require_columns(table, "calibration", _CALIBRATION.split())
    colours = colours or colours_of(table["method"])
    kinds = in_order(table["phenotype"], _TITLES) if "phenotype" in table else [""]
    size = (max(6.8, 5.0 * len(kinds)), 4.6)
    figure = Figure(figsize=size, layout="constrained")
    grid = figure.subplots(1, len(kinds), squeeze=False)[0]
    for axes, kind in zip(grid, kinds, strict=True):
        part = table[table["phenotype"] == kind] if kind else table
        _draw(axes, part, colours)
        axes.set_title(_TITLES.get(kind, kind))
    grid[0].set_ylabel("Observed −log10 p")
    legend_below(figure, grid[0], columns=3)
    return figure


def _draw(axes: Axes, table: pd.DataFrame, colours: Colours) -> None:
    for method, noise, part in by_column(table):
        rows = part.sort_values("expected")
        if not axes.collections:
            axes.fill_between(
                rows["expected"],
                rows["lower"],
                rows["upper"],
                color=FAINT,
                linewidth=0,
                label="Band of uniform p-values",
            )
        axes.plot(
            rows["expected"],
            rows["observed"],
            color=colours[method],
            linestyle=noise_style(noise),
            label=column_label(method, noise),
        )
    highest = np.nan_to_num(table["expected"]).max(initial=0.1)
    axes.plot([0, highest], [0, highest], color=GREY, linewidth=1)
    axes.set_xlim(0, 1.02 * highest)
    axes.set_ylim(bottom=0)
    axes.set_xlabel("Expected −log10 p")
