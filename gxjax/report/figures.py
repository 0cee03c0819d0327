"""Every figure of the report with the words that go with it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from gxjax.report.bars import composite_bars
from gxjax.report.completeness import completeness_curves
from gxjax.report.curves import precision_curves, recall_curves
from gxjax.report.labels import SQUARED, column_label
from gxjax.report.manhattan import manhattan_plot
from gxjax.report.style import colours_of
from gxjax.report.training import training_curves
from gxjax.report.violins import rsd_violins

__all__ = ["Drawing", "drawings"]

_SCALE = (
    " A squared score (SmoothGrad², VarGrad) varies about twice as much as its root: "
    "its stability can not be held against that of a score that is not squared."
)


class Drawing(NamedTuple):
    """A figure to be drawn.

    Attributes:
      draw: makes the figure.
      alt: what it shows, for those who can not see it.
      caption: how to read it.
      limits: what it can not tell.
    """

    draw: Callable[[], Figure]
    alt: str
    caption: str
    limits: str


def drawings(
    *,
    recall: pd.DataFrame,
    precision: pd.DataFrame,
    composite: pd.DataFrame,
    rsd: Mapping[tuple[str, str], np.ndarray],
    manhattan: pd.DataFrame,
    manhattan_column: tuple[str, str],
    history: pd.DataFrame,
    completeness: pd.DataFrame,
) -> dict[str, Drawing]:
    """The figures of the report by file name; one without data is left out.

    Args:
      recall, precision, composite, rsd, manhattan, history, completeness: as
        `write_page` takes them.
      manhattan_column: the (method, noise) that `manhattan` has the score of.
    """
    tables = (recall, precision, composite, completeness)
    methods = {str(name) for table in tables for name in table["method"]}
    colours = colours_of(methods | {method for method, _ in rsd})
    best = column_label(*manhattan_column)
    scale = _SCALE if any(noise in SQUARED for _, noise in rsd) else ""
    every = {
        "composite": (
            len(composite),
            Drawing(
                lambda: composite_bars(composite, colours),
                "Bars of the composite score per method and noise, best on top.",
                "Bars: the composite, the geometric mean of recall, precision and "
                "stability (markers). Whiskers: lowest to highest, from the worst and "
                "best members' recall and precision.",
                "One number hides which of the three parts is weak. Whiskers are not a "
                "confidence interval, and stability adds nothing to their width."
                + scale,
            ),
        ),
        "recall": (
            len(recall),
            Drawing(
                lambda: recall_curves(recall, colours),
                "Recall against the share of variants kept, a panel per effect type.",
                "The share of planted variants among the top scored; shaded: what a "
                "random order reaches. Higher is better, most of all at the right, "
                "where few variants are kept. Bands: lowest to highest member. A pair "
                "counts when both of its variants are kept.",
                "Spike-ins have no neighbours in LD, so this does not tell how well a "
                "causal variant is told from its own. And “chance” is a random order: "
                "networks that learned nothing give scores that follow the allele "
                "frequency, and may lie above or below it (run --null to see).",
            ),
        ),
        "precision": (
            len(precision),
            Drawing(
                lambda: precision_curves(precision, colours),
                "Precision against the share of variants kept.",
                "1 means that no decoy is among the variants kept, 0 as many decoys as "
                "real variants. Bands: lowest to highest member.",
                "Decoys have no LD with causal variants, as real null variants "
                "may have, so precision is optimistic.",
            ),
        ),
        "stability": (
            len(rsd),
            Drawing(
                lambda: rsd_violins(rsd, colours),
                "Violins of the relative standard deviation of scores over members.",
                "The spread of a variant's score between networks trained on the same "
                "people and batches from another start, over its mean; lower is "
                "better. Bar and dot: quartiles and median.",
                "A method can be stable and wrong: a constant score has spread 0."
                + scale,
            ),
        ),
        "manhattan": (
            len(manhattan),
            Drawing(
                lambda: manhattan_plot(manhattan, manhattan_column),
                f"Attribution by {best} along the genome, and the GWAS mirrored.",
                f"Above: attribution by {best}. Below: the linear GWAS of the people "
                "that the networks were trained on. Grey: real variants; coloured: "
                "planted ones, by effect.",
                "Variants are evenly spaced, not by base pair. A high real variant may "
                "be causal, or in LD with one, or noise.",
            ),
        ),
        "training": (
            len(history),
            Drawing(
                lambda: training_curves(history),
                "Losses and validation score per epoch, arm and member.",
                "A line per member; the dot marks the epoch whose parameters are used.",
                "A validation score says how well the phenotype is predicted, not that "
                "the right variants are used for it. Spike-ins were drawn from the "
                "phenotype of everybody, so arm spikein predicts people better than it "
                "could without.",
            ),
        ),
        "completeness": (
            len(completeness),
            Drawing(
                lambda: completeness_curves(completeness, colours),
                "Cumulative distribution of the completeness error per method.",
                "How far the attributions of a person are from adding up to the change "
                "of output, for methods that claim they do. Left is better.",
                "It measures the arithmetic only: an exact sum can be split over the "
                "wrong variants. GradientSHAP is exact only in expectation.",
            ),
        ),
    }
    return {name: drawing for name, (there, drawing) in every.items() if there}
