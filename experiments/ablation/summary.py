"""The rows of an ablation that say what is behind the published findings."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

__all__ = ["SHOWN", "interval_text", "levels_table", "markdown_table", "summary_table"]

SHOWN = (
    *("mean_recall_top1", "mean_locus_recall_top1", "precision_top1", "median_rsd"),
    "spearman_saliency_squared",
)
"""Metrics of the summary; recall is the mean over the effects that were planted."""

_ROWS = (
    ("SmoothGrad squared - none", "smoothgrad_squared - none", True, "none"),
    ("squaring alone - none", "none_squared - none", True, "none"),
    ("SmoothGrad's plain mean - none", "smoothgrad - none", True, "none"),
    (
        "SmoothGrad squared - squaring alone",
        "smoothgrad_squared - none_squared",
        True,
        "none_squared",
    ),
    (
        "SmoothGrad squared - its plain mean",
        "smoothgrad_squared - smoothgrad",
        True,
        "smoothgrad",
    ),
    (
        "its root - SmoothGrad squared",
        "smoothgrad_root - smoothgrad_squared",
        True,
        "smoothgrad_squared",
    ),
    ("SmoothGrad squared - none, local", "smoothgrad_squared - none", False, "none"),
    (
        "SmoothGrad squared - none, local per sd",
        "smoothgrad_squared - none, per sd",
        False,
        "none",
    ),
    ("local - times input, no noise", "local - times input", True, "none"),
    (
        "local - times input, SmoothGrad squared",
        "local - times input",
        True,
        "smoothgrad_squared",
    ),
    ("per sd - not, times input", "per sd - not", True, "none"),
    ("per sd - not, local", "per sd - not", False, "none"),
    (
        "per sd - not, SmoothGrad squared",
        "per sd - not",
        True,
        "smoothgrad_squared",
    ),
    ("baseline zeros - mode", "zeros - mode", True, "none"),
    ("baseline mean - mode", "mean - mode", True, "none"),
    ("baseline people - mode", "people - mode", True, "none"),
)
"""Words, question, whether times input, and the noise of the row in contrasts.tsv."""


def summary_table(contrasts: pd.DataFrame) -> pd.DataFrame:
    """Means over methods at the baseline `mode`, of the metrics `SHOWN`.

    Args:
      contrasts: the table of `contrasts_table`, as made or as read.

    Returns:
      Table `row metric difference lower upper p`.
    """
    multiplied = contrasts["multiplied"].astype(str) == "True"
    overall = (contrasts["method"] == "all") & (contrasts["baseline"] == "mode")
    parts = []
    for words, question, is_global, noise in _ROWS:
        asked = overall & (contrasts["question"] == question)
        asked &= (multiplied == is_global) & (contrasts["noise"] == noise)
        part = contrasts[asked & contrasts["metric"].isin(SHOWN)]
        part = part[["metric", "difference", "lower", "upper", "p"]].copy()
        part.insert(0, "row", words)
        parts.append(part)
    return pd.concat(parts, ignore_index=True)


def levels_table(ablation: pd.DataFrame) -> str:
    """Lines of a Markdown table: what the scores are like, means over methods.

    At the baseline `mode`: recall and precision at the top 1 %, median RSD, and the
    correlations with saliency's squared SmoothGrad and with the dosage's sd.

    Args:
      ablation: the table ablation.tsv, as made or as read.
    """
    shown = ablation[ablation["baseline"] == "mode"]
    names = [*SHOWN, "spearman_dosage_sd"]
    keys = ["multiplied", "scaled", "noise"]
    means = shown.pivot_table(
        index=keys, columns="metric", values="value", aggfunc="mean", sort=False
    )
    heads = (
        "times input",
        "per sd",
        "noise",
        *(name.replace("_", " ") for name in names),
    )
    lines = [_line(heads), _line(["---"] * len(heads))]
    for row in means[names].reset_index().to_dict("records"):
        flags = ["yes" if str(row[name]) == "True" else "no" for name in keys[:2]]
        lines.append(_line([*flags, row["noise"], *(f"{row[n]:.2f}" for n in names)]))
    return "\n".join(lines)


def markdown_table(
    table: pd.DataFrame, heads: Sequence[str], names: Sequence[str] = SHOWN
) -> str:
    """Lines of a Markdown table: a row per `row`, differences with their intervals.

    Args:
      table: of `summary_table`.
      heads: of the columns, the first that of the rows.
      names: metrics, one per other column.
    """
    lines = [_line(heads), _line(["---"] * len(heads))]
    for words, part in table.groupby("row", sort=False):
        cells = [str(words)]
        for name in names:
            one = part[part["metric"] == name].iloc[0]
            cells.append(interval_text(one["difference"], one["lower"], one["upper"]))
        lines.append(_line(cells))
    return "\n".join(lines)


def interval_text(value: float, lower: float, upper: float) -> str:
    """`+0.12 [+0.01, +0.20]`."""
    return f"{value:+.3f} [{lower:+.3f}, {upper:+.3f}]"


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
