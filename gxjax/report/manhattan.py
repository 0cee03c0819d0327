"""Attribution along the genome, mirrored against the GWAS."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from gxjax.report.labels import SQUARED, column_label, score_label
from gxjax.report.style import GREY, INK, legend_below, styled
from gxjax.report.tables import require_columns
from gxjax.types import KINDS

__all__ = ["manhattan_plot"]

_MARKS = {
    "additive": ("#0072B2", "o"),
    "dominant": ("#E69F00", "^"),
    "recessive": ("#CC79A7", "s"),
    "epistatic": ("#009E73", "D"),
    "three_way": ("#5E3C99", "P"),
    "gene_by_sex": ("#7F5539", "v"),
    "polygenic": ("#52606d", "."),
    "decoy": ("#B2182B", "x"),
    "knockoff": ("#B2182B", "+"),
}
_NAMED_LOCI = 6
_LEVEL = 0.1
_GREYS = ("#8c99a6", "#c3cbd3")


@styled
def manhattan_plot(
    table: pd.DataFrame, column: tuple[str, str], loci: pd.DataFrame | None = None
) -> Figure:
    """A score above and -log10 p of the GWAS below, over variants in genome order.

    Variants of a chromosome are evenly spaced in order of position; a chromosome takes
    at least 5 % of the width, or the planted ones would vanish. Position within a
    chromosome is therefore not in base pairs.

    Args:
      table: `CHROM POS ID kind score neg_log10_p`, a row per variant in genome order;
        `kind` is one of `types.KINDS`; without any p value the lower half is left out.
      column: the (method, noise) that `score` is of, for the title.
      loci: `method noise ID score q`, index variants of loci in LD, of any column;
        those of `column` get a ring, dark where q is at most 0.1, the highest a name.

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
    if loci is not None and "ID" in table:
        own = (loci["method"] == column[0]) & (loci["noise"] == column[1])
        _mark_loci(grid[0], loci[own], pd.Series(place, index=table["ID"]))
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
    legend_below(figure, grid[0], columns=5)
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
                label=score_label(name),
            )
    axes.grid(visible=False)
    axes.set_ylim(bottom=0)


def _mark_loci(axes: Axes, loci: pd.DataFrame, place: pd.Series) -> None:
    """Rings on index variants; `place` along the axis by ID."""
    rows = loci[loci["ID"].isin(place.index)].sort_values("score", ascending=False)
    place = place[~place.index.duplicated()]
    sure = rows["q"].astype(float) <= _LEVEL
    for chosen, colour, name in (
        (sure, INK, f"Index variant of a locus, q ≤ {_LEVEL}"),
        (~sure, GREY, "Index variant of a locus" + ", q above" * bool(sure.any())),
    ):
        part = rows[chosen]
        if len(part):
            axes.plot(
                place[part["ID"]],
                part["score"],
                "o",
                markerfacecolor="none",
                markeredgecolor=colour,
                markersize=8,
                label=name,
            )
    _name_loci(axes, rows, place)


def _name_loci(axes: Axes, rows: pd.DataFrame, place: pd.Series) -> None:
    """Names of the highest loci, left out where another one stands already."""
    step = 0.09 * float(np.nan_to_num(rows["score"]).max(initial=0.0))
    named: list[tuple[float, float]] = []
    for row in rows.to_dict("records"):
        x, y = place[row["ID"]], row["score"]
        close = any(abs(x - a) < 0.09 and abs(y - b) < step for a, b in named)
        if close or len(named) == _NAMED_LOCI:
            continue
        named.append((x, y))
        right = x > 0.8
        axes.annotate(
            row["ID"],
            (x, y),
            (-7 if right else 7, 0),
            textcoords="offset points",
            ha="right" if right else "left",
            va="center",
            fontsize=8,
        )


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
