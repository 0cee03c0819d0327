"""What was planted, and where each score column and comparator finds it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import jax
import numpy as np
import pandas as pd

from experiments.arms import planted_arm
from experiments.comparators import load_comparators, significant
from experiments.configuration import Configuration
from experiments.records import load_neighbours
from experiments.scores import Columns, load_scores
from experiments.truth_records import load_arm
from experiments.workdir import Workdir
from gxjax.benchmark import (
    FalseAbove,
    LocusCounts,
    Places,
    Ranking,
    average_precision_table,
    count_at,
    count_false,
    count_loci,
    find_places,
    frequency_table,
    locus_precision_table,
    rank_columns,
    rank_loci,
    recall_table,
)
from gxjax.benchmark.cuts import KS
from gxjax.comparator import maf_score
from gxjax.linkage import pad_neighbours
from gxjax.report.tables import read_table
from gxjax.types import Arm, Cohort, Neighbours

__all__ = [
    "Found",
    "Planted",
    "find_planted",
    "locus_places",
    "planted_tables",
]

_LOCUS_QUANTILES = {0.98, 0.99}


class Found(NamedTuple):
    """Where one kind of scores, methods' or comparators', finds what was planted.

    Attributes:
      columns: C pairs (method, noise).
      places: of the planted units, among variants.
      locus_places: likewise among loci.
      false: wrong columns above them.
      loci: of the top, where all causes are known; else None.
    """

    columns: Columns
    places: Places
    locus_places: Places
    false: FalseAbove
    loci: LocusCounts | None


class Planted(NamedTuple):
    """One replicate's planted arm, ranked.

    Attributes:
      methods: of the attribution columns.
      rivals: of the comparators.
      maf: float64 [V], of TRAIN people.
    """

    methods: Found
    rivals: Found
    maf: np.ndarray


def find_planted(
    configuration: Configuration, work: Workdir, cohort: Cohort
) -> Planted:
    """Ranks the planted arm of a replicate and finds what was planted."""
    name = planted_arm(configuration)
    arm = load_arm(work, cohort, name)
    association = read_table(work.folder("attribution") / "association.tsv")
    called = significant(association, arm.truth)
    options = found_options(configuration, work, arm)
    generative = name == "real"
    deepest = min(locus_quantiles(configuration))
    methods, rivals = (
        _find(*scores, arm, options, called, generative, deepest)
        for scores in (load_scores(work, name), load_comparators(work))
    )
    return Planted(methods, rivals, np.maximum(maf_score(arm.counts), 0))


def found_options(
    configuration: Configuration, work: Workdir, arm: Arm
) -> dict[str, Any]:
    """When a planted variant of an arm counts as found, as the benchmark takes it."""
    flags = configuration.faithfulness
    return {
        "neighbours": pad_neighbours(
            strong_neighbours(configuration, work), len(arm.variants)
        ),
        "r2": flags.ld_r2,
        "variants": arm.mapped,
        "window_kb": flags.found_kb,
    }


def strong_neighbours(configuration: Configuration, work: Workdir) -> Neighbours:
    """LD between real variants; none under --ld_r2 1, twins of r^2 = 1 included."""
    found = load_neighbours(work)
    if configuration.faithfulness.ld_r2 < 1:
        return found
    return Neighbours(np.zeros_like(found.starts), found.columns[:0], found.r2[:0])


def locus_quantiles(configuration: Configuration) -> list[float]:
    """Where recall among loci is taken."""
    return sorted(_LOCUS_QUANTILES | {configuration.benchmark.composite_quantile})


def locus_places(
    ranking: Ranking, arm: Arm, options: dict[str, Any], quantile: float
) -> Places:
    """Where planted units are found among loci, down to a quantile of variants."""
    loci = rank_loci(
        ranking,
        options["neighbours"],
        k=max(*KS, count_at(quantile, ranking.typed)),
        r2=options["r2"],
    )
    return find_places(loci, arm.truth, **options)


def planted_tables(
    configuration: Configuration, replicates: Sequence[Planted], key: jax.Array
) -> dict[str, pd.DataFrame]:
    """Tables by name, methods above comparators; comparators have no locus rows."""
    kinds = [
        [getattr(one, kind) for one in replicates] for kind in ("methods", "rivals")
    ]
    maf = [one.maf for one in replicates]
    draws = configuration.benchmark.bootstrap_draws
    cuts = locus_quantiles(configuration)
    tables: dict[str, list[pd.DataFrame]] = {
        "recall": [],
        "locus_recall": [],
        "average_precision": [],
        "frequency": [],
    }
    for found in kinds:
        columns = found[0].columns
        places = [one.places for one in found]
        tables["recall"].append(recall_table(places, columns, key, draws=draws))
        loci = [one.locus_places for one in found]
        tables["locus_recall"].append(
            recall_table(loci, columns, key, quantiles=cuts, draws=draws)
        )
        tables["average_precision"].append(
            average_precision_table(
                [one.false for one in found], columns, key, draws=draws
            )
        )
        tables["frequency"].append(
            frequency_table(places, columns, maf, key, draws=draws)
        )
        if found[0].loci is not None:
            tables.setdefault("locus_precision", []).append(
                locus_precision_table(
                    [one.loci for one in found], columns, key, draws=draws
                )
            )
    return {name: pd.concat(parts, ignore_index=True) for name, parts in tables.items()}


def _find(
    values: np.ndarray,
    columns: Columns,
    arm: Arm,
    options: dict[str, Any],
    called: np.ndarray,
    generative: bool,
    deepest: float,
) -> Found:
    ranking = rank_columns(values, columns, arm.truth)
    places = find_places(ranking, arm.truth, **options, significant=called)
    false = count_false(ranking, places, arm.truth, **options)
    loci = count_loci(ranking, arm.truth, **options) if generative else None
    among_loci = locus_places(ranking, arm, options, deepest)
    return Found(columns, places, among_loci, false, loci)
