"""The published findings as questions, answered by figures with intervals."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from experiments.ablation.contrasts import paired_difference
from experiments.ablation.metrics import composite
from gxjax.benchmark import Estimate
from gxjax.benchmark.weighted_mean import first_share

__all__ = ["answer", "lifted", "within"]

Figures = dict[str, Estimate]
Columns = Sequence[tuple[str, str]]

_PUBLISHED_RSD = (0.4, 0.5)
_ALIKE = 0.05
_NOISE = "smoothgrad_squared"
_QUANTILES = {0.98: 2, 0.99: 1}


def answer(
    found: Figures, replicates: Sequence[Figures], columns: Columns
) -> pd.DataFrame:
    """Every published finding, of all methods and of each.

    Args:
      found: figures of all replicates, of C columns; see `metrics.figures`.
      replicates: likewise of each replicate alone; only their values are used.
      columns: C pairs (method, noise); pairs of none and smoothgrad_squared.

    Returns:
      Table `finding measure method published value lower upper least greatest verdict`:
      lower and upper are the 95 % bootstrap interval, least and greatest the range over
      replicates. Verdicts: "yes", "no", or "undecided" where the interval leaves both
      open.
    """
    rows = [
        *_lifts("a", "mean_recall_top1", "+0.16", found, replicates, columns),
        *_lifts("a", "mean_locus_recall_top1", "not asked", found, replicates, columns),
        *_lifts("b", "precision_top1", "+0.06", found, replicates, columns),
        *_spreads(found, replicates, columns),
        *_bests(found, replicates, columns),
    ]
    return pd.DataFrame(rows)


def lifted(lower: float, upper: float) -> str:
    """Whether something rises: "yes", "no" (it falls) or "undecided"."""
    if lower > 0:
        return "yes"
    return "no" if upper < 0 else "undecided"


def within(lower: float, upper: float, ends: tuple[float, float]) -> str:
    """Whether a figure with this interval lies between two ends."""
    if lower >= ends[0] and upper <= ends[1]:
        return "yes"
    return "no" if lower > ends[1] or upper < ends[0] else "undecided"


def _pairs(columns: Columns) -> dict[str, tuple[int, int]]:
    """Places of SmoothGrad squared and of no noise, by method that has both."""
    place = {column: number for number, column in enumerate(columns)}
    return {
        method: (place[method, _NOISE], place[method, "none"])
        for method, noise in columns
        if noise == "none" and (method, _NOISE) in place
    }


def _row(
    labels: tuple[str, str, str, str],
    one: Estimate,
    alone: Sequence[Estimate],
    pairs: Sequence[tuple[int, int]],
) -> dict[str, Any]:
    """The row of a mean over pairs of columns, without its verdict."""
    first, second = zip(*pairs, strict=True)
    figures = paired_difference(one, first, second)
    each = [paired_difference(a, first, second)["difference"] for a in alone]
    names = ("finding", "measure", "method", "published")
    return {
        **dict(zip(names, labels, strict=True)),
        "value": figures["difference"],
        "lower": figures["lower"],
        "upper": figures["upper"],
        "least": min(each),
        "greatest": max(each),
    }


def _lifts(
    finding: str,
    metric: str,
    published: str,
    found: Figures,
    replicates: Sequence[Figures],
    columns: Columns,
) -> list[dict[str, Any]]:
    """How much SmoothGrad squared raises a metric."""
    pairs = _pairs(columns)
    alone = [one[metric] for one in replicates]
    asked = {"all": list(pairs.values())} | {m: [pair] for m, pair in pairs.items()}
    rows = []
    for method, own in asked.items():
        labels = (finding, f"{metric} lift", method, published)
        row = _row(labels, found[metric], alone, own)
        rows.append({**row, "verdict": lifted(row["lower"], row["upper"])})
    return rows


def _spreads(
    found: Figures, replicates: Sequence[Figures], columns: Columns
) -> list[dict[str, Any]]:
    """The median RSD of every column, and what SmoothGrad changes of it."""
    one, alone = found["median_rsd"], [r["median_rsd"] for r in replicates]
    rows = []
    for c, (method, noise) in enumerate(columns):
        each = [float(a.value[c]) for a in alone]
        row: dict[str, Any] = {
            "finding": "c",
            "measure": f"median_rsd {noise}",
            "method": method,
            "published": "0.4 to 0.5",
            "value": float(one.value[c]),
            "lower": float(one.lower[c]),
            "upper": float(one.upper[c]),
            "least": min(each),
            "greatest": max(each),
        }
        words = within(row["lower"], row["upper"], _PUBLISHED_RSD)
        rows.append({**row, "verdict": words})
    pairs = list(_pairs(columns).values())
    change = _row(("c", "median_rsd change", "all", "about 0"), one, alone, pairs)
    words = within(change["lower"], change["upper"], (-_ALIKE, _ALIKE))
    return [*rows, {**change, "verdict": words}]


def _bests(
    found: Figures, replicates: Sequence[Figures], columns: Columns
) -> list[dict[str, Any]]:
    """The best saliency column against the best other, by three composites."""
    rows = []
    for quantile, percent in _QUANTILES.items():
        for words, groups in (("published", [0] * len(columns)), ("corrected", None)):
            one, *alone = (
                composite(
                    [
                        figures[f"recall_all_top{percent}"],
                        figures[f"precision_top{percent}"],
                        figures["median_rsd"],
                    ],
                    groups,
                )
                for figures in (found, *replicates)
            )
            rows.append(_best(f"{words} composite at {quantile}", one, alone, columns))
    return rows


def _best(
    measure: str, one: Estimate, alone: Sequence[Estimate], columns: Columns
) -> dict[str, Any]:
    is_saliency = np.array([method == "saliency" for method, _ in columns])
    own = int(np.argmax(np.where(is_saliency, one.value, -np.inf)))
    other = int(np.argmax(np.where(is_saliency, -np.inf, one.value)))
    share = float(first_share(one.samples)[is_saliency].sum())
    names = " - ".join(".".join(columns[c]) for c in (own, other))
    row = _row(("d", measure, names, "above 0"), one, alone, [(own, other)])
    row["measure"] += f", saliency first in {share:.0%} of draws"
    return {**row, "verdict": lifted(row["lower"], row["upper"])}
