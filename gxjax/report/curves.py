"""Recall and precision against the quantile above which variants are kept."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from gxjax.report.labels import EFFECTS, column_label, effect_label, in_order
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

__all__ = ["chance_recall", "precision_curves", "recall_curves"]

_CURVE = ["method", "noise", "quantile", "value", "lower", "upper"]


def chance_recall(effect: str, quantile: np.ndarray | float) -> np.ndarray:
    """The recall that a random ranking expects.

    Args:
      effect: effect type of the recall table.
      quantile: the share of variants left out, any shape.

    Returns:
      `1 - quantile`; its square for `epistatic_pair`, where both members must be in.
    """
    kept = 1.0 - np.asarray(quantile, dtype=float)
    return kept**2 if effect == "epistatic_pair" else kept


@styled
def recall_curves(table: pd.DataFrame, colours: Colours | None = None) -> Figure:
    """Recall against the quantile, a panel per effect type, chance shaded.

    Args:
      table: `method noise effect quantile value lower upper planted`.
      colours: a colour per method; by default those of `colours_of`.

    Returns:
      A figure with an axes per effect type, in the order of `EFFECTS`.

    Raises:
      ValueError: a column is missing.
    """
    require_columns(table, "recall", [*_CURVE, "effect", "planted"])
    colours = colours or colours_of(table["method"])
    effects = in_order(table["effect"], EFFECTS)
    columns = min(4, max(1, len(effects)))
    rows = max(1, -(-len(effects) // columns))
    figure = Figure(figsize=(max(3.1 * columns, 6), 2.8 * rows), layout="constrained")
    grid = figure.subplots(rows, columns, sharey=True, squeeze=False)
    for axes in grid.flat[len(effects) :]:
        axes.remove()
    for axes, effect in zip(grid.flat, effects, strict=False):
        part = table[table["effect"] == effect]
        quantiles = np.unique(part["quantile"])
        chance = chance_recall(effect, quantiles)
        axes.fill_between(quantiles, 0, chance, color=FAINT, linewidth=0)
        axes.plot(quantiles, chance, color=GREY, linewidth=1, label="Chance")
        _draw_columns(axes, part, colours)
        axes.set_title(f"{effect_label(effect)} ({_count(part['planted'])})")
        axes.set_ylim(-0.02, 1.02)
    for axes in grid[:, 0]:
        axes.set_ylabel("Recall")
    for place in range(max(0, len(effects) - columns), len(effects)):
        grid.flat[place].set_xlabel("Top share of variants kept (%)")
    legend_below(figure, grid.flat[0])
    return figure


@styled
def precision_curves(table: pd.DataFrame, colours: Colours | None = None) -> Figure:
    """Precision, `1 - decoys / real` among the variants kept, against the quantile.

    Args:
      table: `method noise quantile value lower upper`.
      colours: a colour per method; by default those of `colours_of`.

    Returns:
      A figure with one axes; the line at 0 is "as many decoys as real variants".

    Raises:
      ValueError: a column is missing.
    """
    require_columns(table, "precision", _CURVE)
    figure = Figure(figsize=(8.5, 4.2), layout="constrained")
    axes = figure.subplots()
    axes.axhline(0, color=GREY, linewidth=1, label="As many decoys as real variants")
    _draw_columns(axes, table, colours or colours_of(table["method"]))
    lowest = np.nan_to_num(table["lower"]).min(initial=0.0)
    axes.set_ylim(max(lowest * 1.05, -1.0) - 0.03, 1.02)
    axes.set_xlabel("Top share of variants kept (%)")
    axes.set_ylabel("Precision (1 − decoys / real)")
    legend_below(figure, axes, columns=3)
    return figure


def _draw_columns(axes: Axes, table: pd.DataFrame, colours: Colours) -> None:
    for method, noise, part in by_column(table):
        rows = part.sort_values("quantile")
        gwas = method == "gwas"
        axes.plot(
            rows["quantile"],
            rows["value"],
            color=colours[method],
            linestyle="--" if gwas else noise_style(noise),
            marker="o" if len(rows) == 1 else "",
            zorder=4 if gwas else 3,
            label=column_label(method, noise),
        )
        axes.fill_between(
            rows["quantile"],
            rows["lower"],
            rows["upper"],
            color=colours[method],
            alpha=0.08,
            linewidth=0,
        )
    quantiles = np.unique(table["quantile"])
    picked = np.linspace(0, len(quantiles) - 1, min(5, len(quantiles)))
    ticks = quantiles[np.unique(picked.round().astype(int))]
    axes.set_xticks(ticks, [f"{100 * (1 - tick):.3g}" for tick in ticks])


def _count(planted: pd.Series) -> str:
    known = planted.dropna()
    return f"n = {known.max():.0f}" if len(known) else "none"
