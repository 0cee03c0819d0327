"""Attribution along the genome, mirrored against the GWAS."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from gxjax.report.labels import SQUARED, column_label
from gxjax.report.style import INK, legend_below, styled
from gxjax.report.tables import require_columns
from gxjax.types import KINDS

__all__ = ["manhattan_plot"]

_MARKS = {
    "additive": ("#0072B2", "o"),
    "dominant": ("#E69F00", "^"),
    "recessive": ("#CC79A7", "s"),
    "epistatic": ("#009E73", "D"),
    "decoy": ("#B2182B", "x"),
}
_GREYS = ("#8c99a6", "#c3cbd3")


@styled
def manhattan_plot(table: pd.DataFrame, column: tuple[str, str]) -> Figure:
    """A score above and -log10 p of the GWAS below, over variants in genome order.

    Variants of a chromosome are evenly spaced in order of position; a chromosome takes
    at least 5 % of the width, or the planted ones would vanish. Position within a
    chromosome is therefore not in base pairs.

    Args:
      table: `CHROM POS ID kind score neg_log10_p`, a row per variant in genome order;
        `kind` is one of `types.KINDS`; without any p value the lower half is left out.
      column: the (method, noise) that `score` is of, for the title.

    Returns:
      A figure with one axes per half.

    Raises:
      ValueError: a column is missing, or a kind is unknown.
    """
    require_columns(table, "manhattan", ["CHROM", "POS", "kind", "score"])
    unknown = set(table["kind"]) - set(KINDS)
    if unknown:
        raise ValueError(
            f"manhattan: unknown kind {sorted(map(str, unknown))}; expected {KINDS}"
        )
    tests = pd.Series(np.nan, index=table.index).combine_first(
        table.get("neg_log10_p", pd.Series(dtype=float)).astype(float)
    )
    halves = 1 + bool(np.isfinite(tests).any())
    figure = Figure(figsize=(12, 1.2 + 2.2 * halves), layout="constrained")
    grid = figure.subplots(halves, 1, sharex=True, squeeze=False)[:, 0]
    place, ticks, shade = _layout(table)
    score = table["score"].to_numpy(float)
    _draw(grid[0], place, shade, table["kind"], score)
    _line(grid[0], _top(score), "Top 1 %")
    squared = column[1] in SQUARED
    grid[0].set_ylabel("Mean attribution²" if squared else "Mean |attribution|")
    title = f"Attribution by {column_label(*column)}"
    figure.suptitle(title + ", and GWAS" * (halves == 2), x=0.01, ha="left")
    if halves == 2:
        _draw(grid[1], place, shade, table["kind"], tests.to_numpy(float))
        _line(grid[1], -np.log10(0.05 / len(table)), "0.05 / variants")
        grid[1].invert_yaxis()
        grid[1].set_ylabel("GWAS −log10 p")
        grid[1].spines[["top", "bottom"]].set_visible(False)
        grid[0].tick_params(labelbottom=True)
        grid[1].tick_params(bottom=False, labelbottom=False)
    grid[0].set_xticks([middle for middle, _ in ticks], [name for _, name in ticks])
    grid[0].set_xlim(0, 1)
    legend_below(figure, grid[0], columns=6)
    return figure


def _layout(
    table: pd.DataFrame,
) -> tuple[np.ndarray, list[tuple[float, str]], np.ndarray]:
    chromosome, names = pd.factorize(table["CHROM"].astype(str))
    counts = np.bincount(chromosome, minlength=len(names))
    widths = np.maximum(counts, 0.05 * len(table))
    edges = np.concatenate([[0.0], np.cumsum(widths)])
    order = np.lexsort((table["POS"], chromosome))
    rank = np.empty(len(table))
    rank[order] = np.concatenate([(np.arange(n) + 0.5) / n for n in counts])
    place = (edges[chromosome] + rank * widths[chromosome]) / edges[-1]
    planted = (table["kind"] != "real").groupby(chromosome).all()
    middles = (edges[:-1] + edges[1:]) / 2 / edges[-1]
    labels = ["planted" if planted[i] else name for i, name in enumerate(names)]
    return place, list(zip(middles, labels, strict=True)), chromosome % 2


def _draw(
    axes: Axes, place: np.ndarray, shade: np.ndarray, kind: pd.Series, value: np.ndarray
) -> None:
    finite = value[np.isfinite(value)]
    value = np.where(value == np.inf, finite.max(initial=1.0), value)
    real = (kind == "real").to_numpy()
    for parity, grey in enumerate(_GREYS):
        rows = real & (shade == parity)
        # Half a million points as vectors would be a page of 100 MB.
        axes.plot(
            place[rows], value[rows], ".", color=grey, markersize=3, rasterized=True
        )
    for name, (colour, marker) in _MARKS.items():
        rows = (kind == name).to_numpy()
        if rows.any():
            axes.plot(
                place[rows],
                value[rows],
                marker,
                color=colour,
                markersize=4,
                markeredgewidth=0.8,
                rasterized=True,
                label=name.capitalize(),
            )
    axes.grid(visible=False)
    axes.set_ylim(bottom=0)


def _line(axes: Axes, height: float, note: str) -> None:
    if np.isfinite(height):
        # A threshold that nothing reaches is drawn too.
        axes.set_ylim(top=max(axes.get_ylim()[1], 1.1 * height))
        axes.axhline(height, color=INK, linewidth=0.9, linestyle="--")
        axes.annotate(
            note,
            (0, height),
            (4, 3),
            xycoords=("axes fraction", "data"),
            textcoords="offset points",
            fontsize=8,
            bbox={"facecolor": "white", "alpha": 0.8, "linewidth": 0, "pad": 1},
        )


def _top(score: np.ndarray) -> float:
    known = score[np.isfinite(score)]
    return float(np.quantile(known, 0.99)) if len(known) else np.nan
