"""What a number is made of: spread by source, first ranks, non-additive contrasts."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from gxjax.report.labels import (
    EFFECTS,
    column_label,
    effect_label,
    in_order,
    score_label,
)
from gxjax.report.style import (
    GREY,
    INK,
    SPARE,
    Colours,
    colours_of,
    legend_below,
    styled,
)
from gxjax.report.tables import by_column, require_columns

__all__ = ["dominance_dots", "interaction_curves", "rank_stability", "spread_bars"]

_COMPONENTS = {"seed": "#56B4E9", "data_order": "#E69F00", "bootstrap": "#7F5539"}


@styled
def spread_bars(table: pd.DataFrame) -> Figure:
    """The variance of a variant's score over networks, split by what made it.

    Args:
      table: `method noise component value lower upper share`; value relative to the
        squared mean score.

    Returns:
      A figure with one axes: stacked bars, whiskers at the end of each part.

    Raises:
      ValueError: a column is missing.
    """
    needed = "method noise component value lower upper share"
    require_columns(table, "spread", needed.split())
    columns = list(by_column(table))
    size = (8.5, 1.1 + 0.32 * len(columns))
    figure = Figure(figsize=size, layout="constrained")
    axes = figure.subplots()
    places = np.arange(len(columns))
    left = np.zeros(len(columns))
    for number, name in enumerate(in_order(table["component"], _COMPONENTS)):
        parts = {
            place: rows[rows["component"] == name].head(1)
            for place, (*_, rows) in enumerate(columns)
        }
        rows = pd.concat(parts).droplevel(1)
        rows = rows[["value", "lower", "upper"]].reindex(places).astype(float)
        value = np.nan_to_num(rows["value"].to_numpy())
        colour = _COMPONENTS.get(name, SPARE[number % len(SPARE)])
        axes.barh(
            places, value, left=left, height=0.62, color=colour, label=score_label(name)
        )
        ends = left + rows[["lower", "upper"]].to_numpy().T
        whiskers: dict[str, Any] = {
            "color": INK,
            "linewidth": 0.9,
            "marker": "|",
            "markersize": 4,
        }
        # One under the other, since those of neighbouring parts may overlap.
        axes.plot(ends, [places + 0.17 * (number - 1)] * 2, **whiskers)
        left += value
    axes.set_yticks(places, [column_label(m, n) for m, n, _ in columns])
    axes.set_ylim(len(columns) - 0.5, -0.5)
    axes.set_xlim(left=0)
    axes.grid(visible=False, axis="y")
    axes.set_xlabel("Variance of a variant's score over its squared mean (median)")
    legend_below(figure, axes, columns=3)
    return figure


@styled
def rank_stability(table: pd.DataFrame, colours: Colours | None = None) -> Figure:
    """How often each column ranks first, and the interval of its rank.

    Args:
      table: `method noise rank rank_lower rank_upper first_share first_share_weights`.
      colours: a colour per method; by default those of `colours_of`.

    Returns:
      A figure with two axes: ranks with intervals; shares of first ranks over bootstrap
      draws (full) and over random weights of the composite's parts (hollow).

    Raises:
      ValueError: a column is missing.
    """
    needed = "method noise rank rank_lower rank_upper first_share first_share_weights"
    require_columns(table, "composite", needed.split())
    colours = colours or colours_of(table["method"])
    rows = table.dropna(subset=["rank"]).sort_values("rank")
    places = np.arange(len(rows))
    shades = [colours[method] for method in rows["method"]]
    size = (9.0, 1.2 + 0.26 * len(rows))
    figure = Figure(figsize=size, layout="constrained")
    left, right = figure.subplots(1, 2, sharey=True)
    left.hlines(places, rows["rank_lower"], rows["rank_upper"], color=shades, lw=2.2)
    left.scatter(rows["rank"], places, c=shades, s=26, zorder=3)
    left.set_xlabel("Rank of the composite")
    left.set_xlim(left=0.5)
    for name, face, label in (
        ("first_share", shades, "Bootstrap draws"),
        ("first_share_weights", "white", "Random weights"),
    ):
        right.scatter(
            100 * rows[name],
            places,
            s=34,
            facecolors=face,
            edgecolors=shades,
            linewidths=1.4,
            label=label,
            zorder=3,
        )
    right.set_xlabel("Ranks first (% of draws)")
    right.set_xlim(-3, 103)
    names = zip(rows["method"], rows["noise"], strict=True)
    left.set_yticks(places, [column_label(*name) for name in names])
    left.set_ylim(len(rows) - 0.5, -0.5)
    legend_below(figure, right)
    return figure


@styled
def dominance_dots(table: pd.DataFrame) -> Figure:
    """The network's own dominance contrast by planted effect type.

    Args:
      table: `effect contrast_mean lower upper auroc planted`.

    Raises:
      ValueError: a column is missing.
    """
    needed = "effect contrast_mean lower upper auroc planted"
    require_columns(table, "dominance", needed.split())
    effects = in_order(table["effect"], EFFECTS)
    rows = table.drop_duplicates("effect").set_index("effect").loc[effects]
    places = np.arange(len(rows))
    figure = Figure(figsize=(7.5, 1.0 + 0.4 * len(rows)), layout="constrained")
    axes = figure.subplots()
    axes.axvline(0, color=GREY, linewidth=1)
    axes.hlines(places, rows["lower"], rows["upper"], color=INK, linewidth=2)
    axes.plot(rows["contrast_mean"], places, "o", color=INK)
    names = []
    for effect, auroc in zip(effects, rows["auroc"], strict=True):
        told = f"\nAUROC {auroc:.2f}" if np.isfinite(auroc) else ""
        names.append(effect_label(effect) + told)
    axes.set_yticks(places, names)
    axes.set_ylim(len(rows) - 0.5, -0.5)
    axes.set_xlabel("Dominance contrast f(1) − (f(0) + f(2)) / 2, mean over variants")
    return figure


@styled
def interaction_curves(table: pd.DataFrame) -> Figure:
    """Planted pairs among the K pairs of highest interaction score.

    Args:
      table: `score effect quantile k value lower upper planted`.

    Returns:
      A figure with an axes per effect type, and a line per interaction score.

    Raises:
      ValueError: a column is missing.
    """
    needed = "score effect quantile k value lower upper planted"
    require_columns(table, "interactions", needed.split())
    effects = in_order(table["effect"], EFFECTS)
    size = (max(4.4 * len(effects), 6.5), 3.3)
    figure = Figure(figsize=size, layout="constrained")
    grid = figure.subplots(1, max(1, len(effects)), sharey=True, squeeze=False)[0]
    for axes, effect in zip(grid, effects, strict=False):
        part = table[table["effect"] == effect]
        for place, (name, group) in enumerate(part.groupby("score", sort=False)):
            rows = group.sort_values("k")
            colour = SPARE[place % len(SPARE)]
            look = {"color": colour, "marker": "o", "markersize": 4}
            axes.plot(rows["k"], rows["value"], label=score_label(str(name)), **look)
            band = {"color": colour, "alpha": 0.12, "linewidth": 0}
            axes.fill_between(rows["k"], rows["lower"], rows["upper"], **band)
        axes.set_xscale("log")
        axes.set_xlim(0.8 * table["k"].min(), 1.25 * table["k"].max())
        counts = sorted(set(part["k"]))
        axes.set_xticks(counts, [f"{k:g}" for k in counts])
        axes.minorticks_off()
        axes.set_ylim(-0.02, 1.02)
        planted = part["planted"].max()
        axes.set_title(f"{effect_label(effect)} (n = {planted:.0f})")
        axes.set_xlabel("Pairs kept, by interaction score")
    grid[0].set_ylabel("Planted pairs found")
    legend_below(figure, grid[0], columns=3)
    return figure
