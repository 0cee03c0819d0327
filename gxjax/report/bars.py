"""The composite score as bars, with what it is made of."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from gxjax.report.labels import column_label
from gxjax.report.style import GREY, INK, Colours, colours_of, legend_below, styled
from gxjax.report.tables import require_columns

__all__ = ["composite_bars"]

_PARTS = {"recall": "o", "precision": "s", "stability": "D"}


@styled
def composite_bars(table: pd.DataFrame, colours: Colours | None = None) -> Figure:
    """A bar per score column, best on top, with its interval and its three parts.

    Args:
      table: `method noise value lower upper recall precision stability rank`.
      colours: a colour per method; by default those of `colours_of`.

    Returns:
      A figure with one axes. Whiskers go from `lower` to `upper`; markers
      are recall, precision and stability. A missing composite is written "n/a".

    Raises:
      ValueError: a column is missing.
    """
    columns = ["method", "noise", "value", "lower", "upper", "rank", *_PARTS]
    require_columns(table, "composite", columns)
    colours = colours or colours_of(table["method"])
    rows = table.sort_values("rank", na_position="last").reset_index(drop=True)
    place = np.arange(len(rows))
    figure = Figure(figsize=(8.5, 1.1 + 0.36 * len(rows)), layout="constrained")
    axes = figure.subplots()
    value = rows["value"].to_numpy(float)
    axes.barh(
        place,
        np.nan_to_num(value),
        height=0.66,
        color=[colours[method] for method in rows["method"]],
        alpha=0.55,
    )
    spread = np.stack([value - rows["lower"], rows["upper"] - value])
    known = np.isfinite(value) & np.isfinite(spread).all(axis=0)
    axes.errorbar(
        value[known],
        place[known],
        xerr=np.clip(spread[:, known], 0, None),
        fmt="none",
        ecolor=INK,
        elinewidth=1.3,
        capsize=3,
    )
    for part, marker in _PARTS.items():
        axes.plot(
            rows[part],
            place,
            marker,
            markersize=5,
            markerfacecolor="white",
            markeredgecolor=INK,
            label=part.capitalize(),
        )
    for missing in place[~np.isfinite(value)]:
        axes.text(0.01, missing, "n/a", va="center", color=GREY)
    labels = [column_label(m, n) for m, n in zip(rows.method, rows.noise, strict=True)]
    axes.set_yticks(place, labels)
    axes.invert_yaxis()
    lowest = np.nan_to_num(rows[[*_PARTS, "lower"]]).min(initial=0.0)
    axes.set_xlim(max(lowest, -1.0) - 0.01, 1.0)
    axes.grid(visible=False, axis="y")
    axes.set_xlabel("Composite (bar, with 95 % interval) and its parts (markers)")
    legend_below(figure, axes, columns=3)
    return figure
