"""Every figure of the report with the words that go with it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from gxjax.report import cells, curves, dots, parts, trust
from gxjax.report.bars import composite_bars
from gxjax.report.calibration import calibration_plot
from gxjax.report.captions import CAPTIONS, SCALE, Caption
from gxjax.report.completeness import completeness_curves
from gxjax.report.critical_difference import critical_difference_diagram
from gxjax.report.faithfulness import faithfulness_curves
from gxjax.report.headline import TOP_RECALL, at_quantile, verdict_quantile
from gxjax.report.intervals import BLOCKS, BOTH, interval_words
from gxjax.report.labels import SQUARED, column_label, is_comparator
from gxjax.report.manhattan import manhattan_plot
from gxjax.report.style import colours_of
from gxjax.report.training import training_curves
from gxjax.report.violins import rsd_violins

__all__ = ["Drawing", "drawings"]

_SPIKED = (
    "Planted variants have no neighbours in LD, so this does not tell how well a "
    "causal variant is told from its own."
)
_CHOSEN = (
    "Causal variants are real ones, found by themselves or by a neighbour in LD: a hit "
    "may be the neighbour, and chance is higher than the shade, as the random scores "
    "show."
)
_DRAWN = (
    " Planted genotypes were drawn from the phenotype, so arm spikein predicts people "
    "better than it could without."
)


class Drawing(NamedTuple):
    """A figure to be drawn, and its words.

    Attributes:
      draw: makes the figure.
      words: what goes with it.
    """

    draw: Callable[[], Figure]
    words: Caption


def drawings(
    tables: Mapping[str, pd.DataFrame],
    *,
    rsd: Mapping[tuple[str, str], np.ndarray],
    manhattan_column: tuple[str, str],
    replicates: int = 1,
    generative: bool = False,
) -> dict[str, Drawing]:
    """The figures of the report by file name; one without data is left out.

    Args:
      tables: every table of `schemas.SCHEMAS`.
      rsd: per (method, noise) the relative standard deviations, float [V].
      manhattan_column: the (method, noise) that `manhattan` has the score of.
      replicates: how many truth seeds the intervals cover.
      generative: whether causal variants are real ones and made the phenotype.
    """
    named = [table["method"] for table in tables.values() if "method" in table]
    methods = {str(name) for column in named for name in column}
    colours = colours_of(methods | {method for method, _ in rsd})
    _, quantile = at_quantile(tables["recall"], TOP_RECALL)
    judged, cut = at_quantile(tables["recall"], verdict_quantile(tables))
    rivals = judged[is_comparator(judged["method"])]
    words = {
        "interval": interval_words(replicates),
        "blocks": interval_words(replicates, BLOCKS),
        "both": interval_words(replicates, BOTH),
        "best": column_label(*manhattan_column),
        "top": f"{100 * (1 - quantile):.3g} %",
        "scale": SCALE if any(noise in SQUARED for _, noise in rsd) else "",
        "truth": _CHOSEN if generative else _SPIKED,
        "drawn": "" if generative else _DRAWN,
        "metric": trust.metric_words(tables["trusted"], cut),
    }
    plans = _benchmark(tables, colours, rivals) | {
        "stability": (len(rsd), lambda: rsd_violins(rsd, colours)),
        "manhattan": (
            len(tables["manhattan"]),
            lambda: manhattan_plot(
                tables["manhattan"], manhattan_column, tables["loci"]
            ),
        ),
    }
    return {
        name: Drawing(
            plans[name][1], Caption(*(text.format(**words) for text in caption))
        )
        for name, caption in CAPTIONS.items()
        if plans[name][0]
    }


def _benchmark(
    tables: Mapping[str, pd.DataFrame], colours: dict[str, str], rivals: pd.DataFrame
) -> dict[str, tuple[Any, Callable[[], Figure]]]:
    """Per figure: whether there is anything to draw, and how."""
    frequency, _ = at_quantile(tables["frequency"], TOP_RECALL)
    composite, stability = tables["composite"], tables["stability"]
    measures = dots.measure_panels(tables["faithfulness"])
    trusted = tables["trusted"]
    ranked = {"rank_lower", "rank_upper", "first_share", "first_share_weights"}
    plain: dict[str, Callable[..., Figure]] = {
        "composite": composite_bars,
        "recall": curves.recall_curves,
        "precision": curves.precision_curves,
        "locus_precision": curves.locus_precision_curves,
        "average_precision": dots.average_precision_dots,
        "completeness": completeness_curves,
        "calibration": calibration_plot,
    }
    own_colours: dict[str, Callable[..., Figure]] = {
        "sanity": cells.sanity_heatmap,
        "spread": parts.spread_bars,
        "dominance": parts.dominance_dots,
        "interactions": parts.interaction_curves,
    }
    return {
        "trust": (len(trusted), lambda: trust.trust_matrix(trusted, rivals)),
        "trust_narrow": (len(trusted), lambda: trust.trust_matrix_narrow(trusted)),
        "rank_stability": (
            ranked <= set(composite) and composite["rank"].notna().any(),
            lambda: parts.rank_stability(composite, colours),
        ),
        "critical_difference": (
            tables["ranks"]["mean_rank"].notna().any(),
            lambda: critical_difference_diagram(tables["ranks"], colours),
        ),
        "frequency": (len(frequency), lambda: cells.frequency_heatmap(frequency)),
        "similarity": (
            len(stability) and "spearman" in stability,
            lambda: dots.similarity_dots(stability, colours),
        ),
        "faithfulness": (
            len(tables["faithfulness_curves"]),
            lambda: faithfulness_curves(tables["faithfulness_curves"], colours),
        ),
        "measures": (
            len(measures),
            lambda: dots.dot_panels(measures, colours, across=3),
        ),
        "training": (
            len(tables["history"]),
            lambda: training_curves(tables["history"]),
        ),
        **{
            name: (len(tables[name]), _drawn(draw, tables[name], colours))
            for name, draw in plain.items()
        },
        **{
            name: (len(tables[name]), _drawn(draw, tables[name]))
            for name, draw in own_colours.items()
        },
    }


def _drawn(draw: Callable[..., Figure], *arguments: Any) -> Callable[[], Figure]:
    return lambda: draw(*arguments)
