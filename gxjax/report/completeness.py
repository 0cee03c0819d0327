"""How exactly the attributions of a person add up to the network's output."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from gxjax.report.labels import column_label
from gxjax.report.style import (
    GREY,
    Colours,
    colours_of,
    legend_below,
    noise_style,
    styled,
)
from gxjax.report.summaries import Grid, plain_grid
from gxjax.report.tables import by_column, require_columns

__all__ = ["completeness_curves", "completeness_grid", "completeness_quantiles"]

_FLOOR = 1e-9
_QUANTILES = {"median": 0.5, "q90": 0.9, "q99": 0.99, "max": 1.0}
_HEADS = {
    "median": "Median",
    "q90": "90 %",
    "q99": "99 %",
    "max": "Largest",
    "count": "People × networks",
}


def completeness_quantiles(table: pd.DataFrame) -> pd.DataFrame:
    """How far the attributions of people miss the change of output, per method.

    Few people whose output hardly differs from the baseline's can make the largest
    error large, since it is relative to that difference.

    Args:
      table: `method noise delta`, a row per person and member; may be empty.

    Returns:
      `method noise count median q90 q99 max`: rows with a delta, quantiles of |delta|.

    Raises:
      ValueError: a column is missing.
    """
    require_columns(table, "completeness", ["method", "noise", "delta"])
    rows = []
    for method, noise, part in by_column(table.dropna(subset=["delta"])):
        error = np.abs(part["delta"].to_numpy(float))
        quantiles = np.quantile(error, list(_QUANTILES.values()))
        rows.append((method, noise, len(error), *quantiles))
    return pd.DataFrame(rows, columns=["method", "noise", "count", *_QUANTILES])


def completeness_grid(table: pd.DataFrame) -> Grid:
    """`completeness_quantiles` as a table of the page."""
    return plain_grid(completeness_quantiles(table), _HEADS)


@styled
def completeness_curves(table: pd.DataFrame, colours: Colours | None = None) -> Figure:
    """The share of people whose completeness error is below a bound, per method.

    Args:
      table: `method noise delta`, a row per person and member, of `types.Scores`;
        delta is relative: 0.01 is 1 % of the change of output from the baseline. May be
        empty.
      colours: a colour per method; by default those of `colours_of`.

    Returns:
      A figure with one axes: cumulative distributions of |delta| on a logarithmic axis,
      with a line at 1 %.

    Raises:
      ValueError: a column is missing.
    """
    require_columns(table, "completeness", ["method", "noise", "delta"])
    colours = colours or colours_of(table["method"])
    figure = Figure(figsize=(8.5, 3.8), layout="constrained")
    axes = figure.subplots()
    for method, noise, part in by_column(table):
        error = np.abs(part["delta"].dropna().to_numpy(float))
        if not len(error):
            continue
        # A grid of quantiles: a biobank's test people would be a line of megabytes.
        share = np.linspace(0, 1, min(len(error), 400) + 1)
        axes.step(
            np.maximum(np.quantile(error, share), _FLOOR),
            share,
            color=colours[method],
            linestyle=noise_style(noise),
            label=column_label(method, noise),
        )
    axes.axvline(0.01, color=GREY, linewidth=1)
    axes.set_xscale("log")
    axes.xaxis.set_major_formatter(FuncFormatter(lambda tick, _: f"{tick:g}"))
    axes.set_ylim(0, 1.02)
    axes.set_xlabel("|delta|, relative to the change of output (line: 1 %)")
    axes.set_ylabel("Share of people at or below")
    if axes.get_legend_handles_labels()[0]:
        legend_below(figure, axes, columns=3)
    else:
        axes.text(
            0.5,
            0.5,
            "No method here claims completeness",
            transform=axes.transAxes,
            ha="center",
        )
    return figure
