"""What was planted, and where each score column and comparator finds it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import jax
import numpy as np
import pandas as pd

from experiments.arms import planted_arm
from experiments.comparators import load_comparators
from experiments.configuration import Configuration
from experiments.records import load_neighbours
from experiments.scores import Columns, load_scores
from experiments.truth_records import load_arm
from experiments.workdir import Workdir
from gxjax.benchmark import (
    Estimate,
    FalseAbove,
    LocusCounts,
    Places,
    average_precision_estimate,
    average_precision_table,
    concatenate,
    count_false,
    count_loci,
    find_places,
    frequency_table,
    locus_precision_table,
    rank_columns,
    recall_estimate,
    recall_table,
)
from gxjax.benchmark.places import EFFECTS, units_of
from gxjax.comparator import maf_score
from gxjax.linkage import pad_neighbours
from gxjax.report.tables import read_table
from gxjax.types import Arm, Cohort, Neighbours

__all__ = ["Found", "Planted", "find_planted", "planted_tables", "recall_by_effect"]


class Found(NamedTuple):
    """Where one kind of scores, methods' or comparators', finds what was planted.

    Attributes:
      columns: C pairs (method, noise).
      places: of the planted units.
      false: wrong columns above them.
      loci: of the top, where all causes are known; else None.
    """

    columns: Columns
    places: Places
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
    called = (association["P"] < 0.05 / len(association)).to_numpy()
    if arm.truth.typed is not None:
        called &= arm.truth.typed
    options = found_options(configuration, work, arm)
    generative = name == "real"
    methods, rivals = (
        _find(*scores, arm, options, called, generative)
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
        "variants": arm.variants,
        "window_kb": flags.found_kb,
    }


def strong_neighbours(configuration: Configuration, work: Workdir) -> Neighbours:
    """LD between real variants; none under --ld_r2 1, twins of r^2 = 1 included."""
    found = load_neighbours(work)
    if configuration.faithfulness.ld_r2 < 1:
        return found
    return Neighbours(np.zeros_like(found.starts), found.columns[:0], found.r2[:0])


def planted_tables(
    replicates: Sequence[Planted], key: jax.Array, draws: int
) -> dict[str, pd.DataFrame]:
    """Tables by name, methods above comparators; comparators have no locus rows."""
    kinds = [
        [getattr(one, kind) for one in replicates] for kind in ("methods", "rivals")
    ]
    maf = [one.maf for one in replicates]
    tables: dict[str, list[pd.DataFrame]] = {
        "recall": [],
        "average_precision": [],
        "frequency": [],
    }
    for found in kinds:
        columns = found[0].columns
        places = [one.places for one in found]
        tables["recall"].append(recall_table(places, columns, key, draws=draws))
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


def recall_by_effect(
    replicates: Sequence[Planted], quantile: float, key: jax.Array, draws: int
) -> dict[str, Estimate]:
    """Recall of methods, then comparators, by effect that was planted."""
    return {
        effect: concatenate(
            [
                recall_estimate(
                    [getattr(one, kind).places for one in replicates],
                    effect,
                    quantile,
                    key,
                    draws=draws,
                )
                for kind in ("methods", "rivals")
            ]
        )
        for effect in planted_effects(replicates)
    }


def precision_by_effect(
    replicates: Sequence[Planted], key: jax.Array, draws: int
) -> dict[str, Estimate]:
    """Average precision of methods, then comparators, by effect that was planted."""
    return {
        effect: concatenate(
            [
                average_precision_estimate(
                    [getattr(one, kind).false for one in replicates],
                    effect,
                    key,
                    draws=draws,
                )
                for kind in ("methods", "rivals")
            ]
        )
        for effect in planted_effects(replicates)
    }


def planted_effects(replicates: Sequence[Planted]) -> list[str]:
    """Effects of which something was planted."""
    return [
        effect
        for effect in EFFECTS
        if effect != "gwas_significant"
        and any(len(units_of(one.methods.places.units, effect)) for one in replicates)
    ]


def _find(
    values: np.ndarray,
    columns: Columns,
    arm: Arm,
    options: dict[str, Any],
    called: np.ndarray,
    generative: bool,
) -> Found:
    ranking = rank_columns(values, columns, arm.truth)
    places = find_places(ranking, arm.truth, **options, significant=called)
    false = count_false(ranking, places, arm.truth, **options)
    loci = count_loci(ranking, arm.truth, **options) if generative else None
    return Found(columns, places, false, loci)
