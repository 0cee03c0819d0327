"""Pure functions of scores and truth: recall, precision, stability, composite."""

from gxjax.benchmark.composite import CORRECTED_TAU, composite_table
from gxjax.benchmark.precision import PRECISION_QUANTILES, precision, precision_table
from gxjax.benchmark.ranking import count_at, order, ranks, top
from gxjax.benchmark.recall import RECALL_QUANTILES, pair_recall, recall, recall_table
from gxjax.benchmark.stability import relative_standard_deviation, stability_table

__all__ = [
    "CORRECTED_TAU",
    "PRECISION_QUANTILES",
    "RECALL_QUANTILES",
    "composite_table",
    "count_at",
    "order",
    "pair_recall",
    "precision",
    "precision_table",
    "ranks",
    "recall",
    "recall_table",
    "relative_standard_deviation",
    "stability_table",
    "top",
]
