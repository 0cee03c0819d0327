"""How much a variant's score differs between the members of an ensemble."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from scipy import stats

from gxjax.report.labels import column_label
from gxjax.report.style import GREY, INK, Colours, colours_of, styled

__all__ = ["rsd_violins"]

_SHADES = {"none": 0.35, "smoothgrad": 0.55, "smoothgrad_root": 0.7}
_SHADES |= {"smoothgrad_squared": 0.9, "vargrad": 0.8}


@styled
def rsd_violins(
    rsd: Mapping[tuple[str, str], np.ndarray], colours: Colours | None = None
) -> Figure:
    """The distribution over variants of the relative standard deviation of the score.

    Args:
      rsd: per (method, noise) a float array [V], NaN where undefined (one member, or a
        variant that no member uses).
      colours: a colour per method; by default those of `colours_of`.

    Returns:
      A figure with one axes: a lying violin per column, the noise kinds of a method one
      under the other, median and quartiles marked; "n/a" where no value is finite. The
      highest 0.5 % of a column are not drawn.
    """
    colours = colours or colours_of(method for method, _ in rsd)
    methods = list(dict.fromkeys(method for method, _ in rsd))
    columns = sorted(rsd, key=lambda column: methods.index(column[0]))
    places = _places(columns)
    height = 1.0 + 0.42 * max([1.0, *places])
    figure = Figure(figsize=(8.5, max(height, 2.2)), layout="constrained")
    axes = figure.subplots()
    for place, column in zip(places, columns, strict=True):
        values = np.asarray(rsd[column], dtype=float)
        values = values[np.isfinite(values)]
        if len(values):
            shade = _SHADES.get(column[1], 0.5)
            _violin(axes, place, values, colours[column[0]], shade)
        else:
            axes.text(0.005, place, "n/a", va="center", color=GREY)
    axes.set_yticks(places, [column_label(*column) for column in columns])
    axes.set_ylim(max([0.0, *places]) + 0.7, -0.7)
    axes.set_xlim(left=0)
    axes.grid(visible=False, axis="y")
    axes.set_xlabel("Relative standard deviation of a variant's score over members")
    return figure


def _violin(
    axes: Axes, place: float, values: np.ndarray, colour: str, shade: float
) -> None:
    # A grid of quantiles stands for half a million variants, and needs no draw.
    grid = np.quantile(values, np.linspace(0, 0.995, 1001))
    if np.ptp(grid) > 1e-6 * max(abs(grid[-1]), 1e-6):
        x = np.linspace(grid[0], grid[-1], 200)
        density = stats.gaussian_kde(grid)(x)
        half = 0.45 * density / density.max()
        body: dict[str, Any] = {
            "facecolor": colour,
            "edgecolor": colour,
            "alpha": shade,
        }
        axes.fill_between(x, place - half, place + half, linewidth=0.8, **body)
    low, middle, high = np.quantile(values, [0.25, 0.5, 0.75])
    axes.hlines(place, low, high, color=INK, linewidth=2.5)
    axes.plot(middle, place, "o", color="white", markeredgecolor=INK, markersize=5)


def _places(columns: list[tuple[str, str]]) -> list[float]:
    places: list[float] = []
    for earlier, later in zip([None, *columns], columns, strict=False):
        step = 1.0 if earlier and earlier[0] == later[0] else 1.3
        places.append(places[-1] + step if places else 0.0)
    return places
