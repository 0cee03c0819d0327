"""Pure functions of scores and truth: recall, precision, stability, composite."""

from gxjax.benchmark.average_precision import (
    FalseAbove,
    average_precision_estimate,
    average_precision_table,
    count_false,
)
from gxjax.benchmark.calibration import calibration_table, rejection_rate
from gxjax.benchmark.comparison import comparisons_table, least_draws
from gxjax.benchmark.composite import (
    CORRECTED_TAU,
    Parts,
    composite_estimate,
    composite_published,
    composite_table,
)
from gxjax.benchmark.discoveries import false_discoveries, realised_fdr
from gxjax.benchmark.empirical_p import empirical_p, frequency_strata
from gxjax.benchmark.estimates import Estimate, concatenate, take
from gxjax.benchmark.frequency_bins import frequency_table
from gxjax.benchmark.interactions import find_pairs, interaction_table
from gxjax.benchmark.knockoff_filter import (
    knockoff_statistics,
    knockoff_threshold,
    selected_table,
)
from gxjax.benchmark.ld_blocks import ld_blocks
from gxjax.benchmark.loci import Loci, clump_scores
from gxjax.benchmark.locus_p import locus_p, locus_table
from gxjax.benchmark.locus_precision import (
    LocusCounts,
    count_loci,
    locus_precision_table,
)
from gxjax.benchmark.locus_ranks import rank_loci
from gxjax.benchmark.null_counts import PRECISION_QUANTILES, NullCounts, count_nulls
from gxjax.benchmark.places import Places, find_places
from gxjax.benchmark.precision import precision, precision_estimate, precision_table
from gxjax.benchmark.q_values import p_value_table, q_values
from gxjax.benchmark.rank_test import case_values, ranks_table, similar_groups
from gxjax.benchmark.ranking import Ranking, count_at, order, rank_columns, ranks, top
from gxjax.benchmark.recall import (
    RECALL_QUANTILES,
    pair_recall,
    recall,
    recall_estimate,
    recall_ratio,
    recall_table,
)
from gxjax.benchmark.resampling import Ratio, estimate
from gxjax.benchmark.similarity import jaccard, mean_spearman, nogueira, similarity
from gxjax.benchmark.spread import spread_table
from gxjax.benchmark.stability import (
    relative_standard_deviation,
    stability_samples,
    stability_table,
)
from gxjax.benchmark.trust import trusted_columns
from gxjax.benchmark.usefulness import COMPARATORS, usefulness_table
from gxjax.benchmark.weights import weights_table

__all__ = [
    "COMPARATORS",
    "CORRECTED_TAU",
    "PRECISION_QUANTILES",
    "RECALL_QUANTILES",
    "Estimate",
    "FalseAbove",
    "Loci",
    "LocusCounts",
    "NullCounts",
    "Parts",
    "Places",
    "Ranking",
    "Ratio",
    "average_precision_estimate",
    "average_precision_table",
    "calibration_table",
    "case_values",
    "clump_scores",
    "comparisons_table",
    "composite_estimate",
    "composite_published",
    "composite_table",
    "concatenate",
    "count_at",
    "count_false",
    "count_loci",
    "count_nulls",
    "empirical_p",
    "estimate",
    "false_discoveries",
    "find_pairs",
    "find_places",
    "frequency_strata",
    "frequency_table",
    "interaction_table",
    "jaccard",
    "knockoff_statistics",
    "knockoff_threshold",
    "ld_blocks",
    "least_draws",
    "locus_p",
    "locus_precision_table",
    "locus_table",
    "mean_spearman",
    "nogueira",
    "order",
    "p_value_table",
    "pair_recall",
    "precision",
    "precision_estimate",
    "precision_table",
    "q_values",
    "rank_columns",
    "rank_loci",
    "ranks",
    "ranks_table",
    "realised_fdr",
    "recall",
    "recall_estimate",
    "recall_ratio",
    "recall_table",
    "rejection_rate",
    "relative_standard_deviation",
    "selected_table",
    "similar_groups",
    "similarity",
    "spread_table",
    "stability_samples",
    "stability_table",
    "take",
    "top",
    "trusted_columns",
    "usefulness_table",
    "weights_table",
]
