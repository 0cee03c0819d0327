"""Which method to trust: composite, comparisons, and what comparators leave of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import jax
import numpy as np
import pandas as pd

from experiments.configuration import Configuration
from experiments.evaluation.by_effect import (
    planted_effects,
    precision_by_effect,
    recall_by_effect,
)
from experiments.evaluation.nulls import Nulls
from experiments.evaluation.planted import Planted
from gxjax import rng
from gxjax.benchmark import (
    Parts,
    case_values,
    comparisons_table,
    composite_estimate,
    composite_published,
    composite_table,
    count_at,
    precision_estimate,
    ranks_table,
    recall_ratio,
    stability_samples,
    take,
    trusted_columns,
    usefulness_table,
)
from gxjax.types import PLANTED_KINDS

__all__ = ["verdict_tables"]


def verdict_tables(
    configuration: Configuration,
    planted: Sequence[Planted],
    nulls: Sequence[dict[str, Nulls]],
    stability: Sequence[np.ndarray],
    key: jax.Array,
    reference: str,
) -> dict[str, pd.DataFrame]:
    """Tables by name: composite, comparisons, ranks, usefulness, trusted.

    Args:
      configuration: the flags.
      planted: of every replicate.
      nulls: likewise.
      stability: scores [C, M, V] of every replicate's real arm.
      key: JAX key of the benchmark.
      reference: the arm of null columns that precision is of.
    """
    flags = configuration.benchmark
    quantile, draws = flags.composite_quantile, flags.bootstrap_draws
    columns = planted[0].methods.columns
    rivals = planted[0].rivals.columns
    recall = recall_by_effect(planted, quantile, key, draws)
    loci = recall_by_effect(planted, quantile, key, draws, among="locus_places")
    average = precision_by_effect(planted, key, draws)
    arm_key = rng.named(key, reference)
    counts = [one[reference].variants for one in nulls]
    precision = precision_estimate(counts, quantile, arm_key, draws=draws)
    parts = Parts(
        take(recall["all"], range(len(columns))),
        precision,
        stability_samples(stability, rng.named(key, "real"), draws=draws),
    )
    published = configuration.attribution.definitions == "published"
    definition: dict[str, Any] = {
        "tau": "relative" if published else flags.composite_tau,
        "weights": flags.composite_weights,
    }
    composite = composite_table(parts, columns, key, quantile=quantile, **definition)
    tables = {"composite": composite}
    if quantile == 0.98:
        tables["composite_published"] = composite_published(parts, columns, key)
    own = {effect: take(one, range(len(columns))) for effect, one in recall.items()}
    others = {
        (metric, effect): take(one, range(len(columns)))
        for metric, each in (("locus_recall", loci), ("average_precision", average))
        for effect, one in each.items()
    }
    compared = comparisons_table(
        {("recall", effect): one for effect, one in own.items()}, columns
    )
    more = comparisons_table(
        others
        | {
            ("precision", "all"): precision,
            ("composite", "all"): composite_estimate(parts, **definition),
        },
        columns,
    )
    useful = usefulness_table(
        {effect: (recall[effect], loci[effect]) for effect in recall},
        (*columns, *rivals),
        comparators=[name for name, _ in rivals],
    )
    return tables | {
        "comparisons": pd.concat([compared, more], ignore_index=True),
        "ranks": ranks_table({"recall": recall_cases(planted, quantile)}, columns),
        "usefulness": useful,
        "trusted": trusted_columns(own, columns, compared, useful),
    }


def recall_cases(planted: Sequence[Planted], quantile: float) -> np.ndarray:
    """float64 [cases, C]: recall of each replicate and single effect type.

    Pairs and triples are the same variants again, and would count twice.
    """
    cases = []
    for effect in planted_effects(planted):
        if effect not in PLANTED_KINDS:
            continue
        places = [one.methods.places for one in planted]
        ratios = [
            recall_ratio(one, effect, count_at(quantile, one.typed)) for one in places
        ]
        kept = [ratio for ratio in ratios if ratio.numerator.shape[2]]
        cases.append(case_values(kept))
    return np.concatenate(cases)
