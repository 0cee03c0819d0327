"""The picture of the first screen: effect types against methods."""

from __future__ import annotations

from itertools import groupby
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from gxjax.report.answer import truths
from gxjax.report.cells import HEAT, PALE, bare, draw_cells
from gxjax.report.labels import (
    EFFECTS,
    column_label,
    column_order,
    effect_label,
    in_order,
    method_label,
    noise_label,
    score_label,
)
from gxjax.report.style import INK, styled
from gxjax.report.tables import by_column, require_columns

__all__ = ["metric_words", "trust_matrix", "trust_matrix_narrow"]

_MARKS: dict[str, dict[str, Any]] = {
    "Best, and beats every comparator": {"markersize": 6, "markerfacecolor": INK},
    "Within noise of it, and beats them all": {
        "markersize": 3.6,
        "markerfacecolor": INK,
    },
    "Best, but not above every comparator": {
        "markersize": 6,
        "markerfacecolor": "white",
    },
    "Within noise of it, but not above all": {
        "markersize": 3.6,
        "markerfacecolor": "white",
    },
}
_NEEDED = "effect method noise value lower upper best within_noise_of_best useful"


@styled
def trust_matrix(trusted: pd.DataFrame, comparators: pd.DataFrame) -> Figure:
    """Effect types (rows) against score columns and, at the right, comparators.

    Args:
      trusted: `effect method noise value lower upper best within_noise_of_best useful`.
      comparators: `effect method noise value lower upper` of the comparators; may have
        no row.

    Returns:
      A figure with one axes: a cell is shaded by its value, its dot says whether the
      column is the best or within noise of it (large, small) and whether it beats every
      comparator (full, hollow), and the line at its foot is the interval on 0 to 1.

    Raises:
      ValueError: a column is missing.
    """
    require_columns(trusted, "trusted", _NEEDED.split())
    effects = in_order(trusted["effect"], EFFECTS)
    columns, rivals = _columns(trusted), _columns(comparators)
    width = max(8.5, 2.3 + 0.46 * (len(columns) + len(rivals)))
    figure = Figure(figsize=(width, 2.6 + 0.44 * len(effects)), layout="constrained")
    axes = figure.subplots()
    gap = 0.4 if rivals else 0.0
    places = [
        *range(len(columns)),
        *(len(columns) + gap + i for i in range(len(rivals))),
    ]
    for x, (_, _, part) in zip(places, [*columns, *rivals], strict=True):
        rows = _in_order(part, effects)
        _cells(axes, x, range(len(effects)), rows, x < len(columns))
    labels = [column_label(m, n) for m, n, _ in [*columns, *rivals]]
    axes.set_xticks(places, labels, rotation=38, ha="right", rotation_mode="anchor")
    axes.set_yticks(range(len(effects)), [effect_label(name) for name in effects])
    axes.set_xlim(-0.5, max([0, *places]) + 0.5)
    axes.set_ylim(len(effects) - 0.5, -0.5)
    if rivals:
        axes.axvline(len(columns) - 0.5 + gap / 2, color=INK, linewidth=1)
        axes.set_title("Attribution methods                    ", loc="left")
        axes.set_title("Comparators", loc="right")
    _finish(figure, axes, legend_columns=2)
    return figure


@styled
def trust_matrix_narrow(trusted: pd.DataFrame) -> Figure:
    """`trust_matrix` for a telephone: score columns as rows, no comparators.

    Args:
      trusted: as `trust_matrix` takes it.

    Raises:
      ValueError: a column is missing.
    """
    require_columns(trusted, "trusted", _NEEDED.split())
    effects = in_order(trusted["effect"], EFFECTS)
    figure = Figure(layout="constrained")
    axes = figure.subplots()
    ticks: list[tuple[float, str]] = []
    y = 0.0
    for method, columns in groupby(_columns(trusted), key=lambda column: column[0]):
        axes.text(-0.5, y, method_label(method), weight="bold", fontsize=9, va="center")
        for _, noise, rows in columns:
            y += 0.85
            _cells(axes, range(len(effects)), y, _in_order(rows, effects), True, 0.4)
            ticks.append((y, noise_label(noise) or "no noise"))
        y += 1.0
    axes.set_yticks([place for place, _ in ticks], [name for _, name in ticks])
    labels = [effect_label(name) for name in effects]
    axes.set_xticks(range(len(effects)), labels, rotation=55, ha="left")
    axes.xaxis.tick_top()
    for label in axes.get_xticklabels():
        label.set_rotation_mode("anchor")
    axes.set_xlim(-0.5, len(effects) - 0.5)
    axes.set_ylim(y - 0.5, -0.6)
    figure.set_size_inches(max(3.6, 1.15 + 0.38 * len(effects)), 2.6 + 0.3 * y)
    _finish(figure, axes, legend_columns=1)
    return figure


def _columns(table: pd.DataFrame) -> list[tuple[str, str, pd.DataFrame]]:
    return sorted(by_column(table), key=lambda column: column_order(column[:2]))


def _in_order(part: pd.DataFrame, effects: list[str]) -> pd.DataFrame:
    return part.drop_duplicates("effect").set_index("effect").reindex(effects)


def _cells(
    axes: Axes, x: Any, y: Any, rows: pd.DataFrame, own: bool, half: float = 0.47
) -> None:
    """The cells of one score column; x and y broadcast against its rows."""
    x, y = (np.broadcast_to(np.asarray(place, float), len(rows)) for place in (x, y))
    marks = _marks(rows) if own else [None] * len(rows)
    draw_cells(
        axes,
        x,
        y,
        rows,
        heat=HEAT if own else PALE,
        half=half,
        marked=[mark is not None for mark in marks],
        bold=[mark is not None and mark.startswith("Best") for mark in marks],
    )
    for mark, look in _MARKS.items():
        chosen = np.array([found == mark for found in marks])
        where = (x[chosen] + 0.31, y[chosen] - 0.17 * half)
        axes.plot(*where, "o", markeredgecolor=INK, **look)


def _marks(rows: pd.DataFrame) -> list[str | None]:
    best, near, useful = (
        truths(rows[name]) for name in ("best", "within_noise_of_best", "useful")
    )
    shown = (best | near) & (rows["value"] > 0)
    place = 2 * (~useful).astype(int) + (~best).astype(int)
    names = list(_MARKS)
    return [names[n] if yes else None for n, yes in zip(place, shown, strict=True)]


def _finish(figure: Figure, axes: Axes, legend_columns: int) -> None:
    bare(axes)
    handles = [
        Line2D(
            [], [], linestyle="", marker="o", markeredgecolor=INK, label=name, **look
        )
        for name, look in _MARKS.items()
    ]
    handles.append(Line2D([], [], color=INK, linewidth=2, label="Interval, on 0 to 1"))
    figure.legend(handles=handles, loc="outside lower left", ncols=legend_columns)


def metric_words(trusted: pd.DataFrame, quantile: float) -> str:
    """What the numbers of `trusted` are; recall where it has no column `metric`."""
    names = list(trusted["metric"].unique()) if "metric" in trusted else []
    name = score_label(str(names[0])) if len(names) == 1 else "Recall"
    top = f" at the top {100 * (1 - quantile):.3g} % of variants"
    return name + top * (name == "Recall")
