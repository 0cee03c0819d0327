"""Recall and precision against the quantile above which variants are kept."""

from __future__ import annotations

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
from gxjax.types import COMPARATORS

__all__ = [
    "chance_recall",
    "locus_precision_curves",
    "precision_curves",
    "precision_kinds",
    "recall_curves",
]

_CURVE = ["method", "noise", "quantile", "value", "lower", "upper"]
_PAIRED = {"epistatic_pair": 2, "three_way_group": 3}
_TICKS = [1.0, 0.5, 0.2, 0.1, 0.05, 0.02]


def chance_recall(effect: str, quantile: np.ndarray | float) -> np.ndarray:
    """The recall that a random ranking expects.

    Args:
      effect: effect type of the recall table.
      quantile: the share of variants left out, any shape.

    Returns:
      `1 - quantile`; its square for `epistatic_pair`, where both members must be in,
      and its cube for `three_way_group`. Variants in LD with a planted one are not
      counted: where they count as found, chance is higher.
    """
    return (1.0 - np.asarray(quantile, dtype=float)) ** _PAIRED.get(effect, 1)


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
        axes.fill_between(1 - quantiles, 0, chance, color=FAINT, linewidth=0)
        axes.plot(1 - quantiles, chance, color=GREY, linewidth=1, label="Chance")
        _draw_columns(axes, part.assign(kept=1 - part["quantile"]), colours)
        _share_axis(axes, 1 - quantiles)
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
      table: `method noise quantile value lower upper`, and perhaps `null counted`.
      colours: a colour per method; by default those of `colours_of`.

    Returns:
      A figure with an axes per kind of null and of counting; the line at 0 is "as many
      decoys as real variants".

    Raises:
      ValueError: a column is missing.
    """
    require_columns(table, "precision", _CURVE)
    colours = colours or colours_of(table["method"])
    parts = precision_kinds(table)
    across, down = min(2, len(parts)), -(-len(parts) // 2)
    figure = Figure(figsize=(8.5, 1.2 + 3.0 * down), layout="constrained")
    grid = figure.subplots(down, across, sharey=True, squeeze=False)
    for axes in grid.flat[len(parts) :]:
        axes.remove()
    lowest = np.nan_to_num(table["lower"]).min(initial=0.0)
    for axes, (title, part) in zip(grid.flat, parts.items(), strict=False):
        axes.axhline(
            0, color=GREY, linewidth=1, label="As many decoys as real variants"
        )
        _draw_columns(axes, part.assign(kept=1 - part["quantile"]), colours)
        _share_axis(axes, 1 - part["quantile"].to_numpy())
        axes.set_ylim(max(lowest * 1.05, -1.0) - 0.03, 1.02)
        axes.set_title(title)
        axes.set_xlabel("Top share of variants kept (%)")
    for axes in grid[:, 0]:
        axes.set_ylabel("Precision (1 − decoys / real)")
    legend_below(figure, grid[0, 0], columns=3)
    return figure


def precision_kinds(table: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """The parts of a precision table by kind of null and of counting, with titles."""
    if not {"null", "counted"} <= set(table.columns):
        return {"": table}
    return {
        f"{score_label(str(null))}, counted by {counted}": part
        for (null, counted), part in table.groupby(["null", "counted"], sort=False)  # type: ignore[misc]
    } or {"": table}


@styled
def locus_precision_curves(
    table: pd.DataFrame, colours: Colours | None = None
) -> Figure:
    """The share of top loci that hold a causal variant, against how many are kept.

    Args:
      table: `method noise k value lower upper`.
      colours: a colour per method; by default those of `colours_of`.

    Raises:
      ValueError: a column is missing.
    """
    needed = ["method", "noise", "k", "value", "lower", "upper"]
    require_columns(table, "locus_precision", needed)
    figure = Figure(figsize=(8.5, 4.0), layout="constrained")
    axes = figure.subplots()
    colours = colours or colours_of(table["method"])
    _draw_columns(axes, table.assign(kept=table["k"]), colours)
    counts = np.unique(table["k"])
    axes.set_xscale("log")
    axes.set_xticks(counts, [f"{k:g}" for k in counts])
    axes.minorticks_off()
    axes.set_ylim(-0.02, 1.02)
    axes.set_xlabel("Loci kept, best first")
    axes.set_ylabel("Share that hold a causal variant")
    legend_below(figure, axes, columns=3)
    return figure


def _draw_columns(axes: Axes, table: pd.DataFrame, colours: Colours) -> None:
    for method, noise, part in by_column(table):
        rows = part.sort_values("kept")
        rival = method in COMPARATORS
        axes.plot(
            rows["kept"],
            rows["value"],
            color=colours[method],
            linestyle="--" if rival else noise_style(noise),
            linewidth=1.1 if rival and method != "gwas" else 1.6,
            marker="o" if len(rows) == 1 else "",
            zorder=4 if rival else 3,
            label=column_label(method, noise),
        )
        if rival:
            continue
        axes.fill_between(
            rows["kept"],
            rows["lower"],
            rows["upper"],
            color=colours[method],
            alpha=0.08,
            linewidth=0,
        )


def _share_axis(axes: Axes, kept: np.ndarray) -> None:
    """Few variants kept at the right, where it matters, and there is room."""
    low, high = (float(np.min(kept)), float(np.max(kept))) if len(kept) else (0.01, 0.2)
    series = [10.0 ** -(2 * i) * tick for i in range(4) for tick in _TICKS]
    ticks = [tick for tick in series if 0.99 * low <= tick <= 1.01 * high]
    if len(ticks) > 6:
        ticks = [tick for tick in ticks if f"{tick:e}".startswith("1")]
    axes.set_xscale("log")
    axes.set_xticks(ticks, [f"{100 * tick:.3g}" for tick in ticks])
    axes.minorticks_off()
    axes.set_xlim(1.08 * high, low / 1.08)


def _count(planted: pd.Series) -> str:
    known = planted.dropna()
    return f"n = {known.max():.0f}" if len(known) else "none"
