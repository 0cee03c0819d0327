"""Draws docs/findings.png from the tables of `experiments.findings`.

example:
  python -m experiments.findings --workdir findings_out
  python scripts/draw_findings.py findings_out docs/findings.png
"""

from __future__ import annotations

import sys
from pathlib import Path

import matplotlib

matplotlib.use("Agg")

import pandas as pd
from matplotlib import pyplot
from matplotlib.axes import Axes

PANELS = (
    ("mean_recall_top1", "recall, top 1 %"),
    ("mean_locus_recall_top1", "recall among loci, top 1 %"),
    ("precision_top1", "precision, top 1 %"),
    ("median_rsd", "median RSD"),
)
PUBLISHED = {"mean_recall_top1": 0.16, "precision_top1": 0.06}
RUN = "the run: SmoothGrad squared - none"
COLOURS = {True: "#b3261e", False: "#2f4b7c"}


def main(workdir: Path, target: Path) -> None:
    """Writes the picture: a panel per metric, a row per difference."""
    folder = workdir / "ablation"
    rows = shown_rows(
        pd.read_csv(folder / "findings.tsv", sep="\t"),
        pd.read_csv(folder / "summary.tsv", sep="\t"),
    )
    names = list(dict.fromkeys(rows["row"]))
    figure, axes = pyplot.subplots(
        1, len(PANELS), figsize=(12, 0.3 * len(names) + 1.2), sharey=True
    )
    for axis, (metric, title) in zip(axes, PANELS, strict=True):
        draw(axis, rows[rows["metric"] == metric], names)
        axis.set_title(title, fontsize=10)
        if metric in PUBLISHED:
            axis.axvline(PUBLISHED[metric], color="#888888", linestyle=":")
    axes[0].set_yticks(range(len(names)), names, fontsize=8)
    axes[0].invert_yaxis()
    figure.supxlabel(
        "difference with 95 % bootstrap interval; dotted: published", fontsize=9
    )
    figure.tight_layout()
    figure.savefig(target, dpi=110)


def shown_rows(findings: pd.DataFrame, summary: pd.DataFrame) -> pd.DataFrame:
    """The run's own answers above the rows of its ablation."""
    own = findings[findings["method"] == "all"].copy()
    own["metric"] = own["measure"].str.split().str[0]
    own = own.rename(columns={"value": "difference"}).assign(row=RUN)
    wanted = ["row", "metric", "difference", "lower", "upper"]
    return pd.concat([own[wanted], summary[wanted]], ignore_index=True)


def draw(axis: Axes, rows: pd.DataFrame, names: list[str]) -> None:
    """One metric's differences; those whose interval holds 0 are grey."""
    axis.axvline(0, color="black", linewidth=0.8)
    for row in rows.to_dict("records"):
        place, lower, upper = names.index(row["row"]), row["lower"], row["upper"]
        known = lower > 0 or upper < 0
        colour = COLOURS[row["row"] == RUN] if known else "#999999"
        axis.plot([lower, upper], [place, place], color=colour, linewidth=2)
        axis.plot(row["difference"], place, "o", color=colour, markersize=4)
    axis.tick_params(axis="x", labelsize=8)
    axis.spines[["top", "right"]].set_visible(False)


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(Path(sys.argv[1]), Path(sys.argv[2]))
