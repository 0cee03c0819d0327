"""Dominance contrasts and pair contrasts of the networks, against what was planted."""

from __future__ import annotations

import jax
import numpy as np
import pandas as pd

from experiments import console
from experiments.arms import planted_arm
from experiments.configuration import Configuration
from experiments.evaluation.planted import found_options
from experiments.keys import root_key
from experiments.records import load_cohort
from experiments.scores import load_scores
from experiments.truth_records import load_arm
from experiments.workdir import Workdir
from gxjax import rng
from gxjax.benchmark import find_pairs, interaction_table
from gxjax.faithfulness import (
    candidate_pairs,
    dominance_contrasts,
    dominance_table,
    pair_contrasts,
)
from gxjax.types import KINDS, DosageSource, LinearFront, Truth

__all__ = ["contrast_tables"]

_NULLS = 500
_ROWS = ("pair contrast", "product of scores")


def contrast_tables(
    configuration: Configuration,
    work: Workdir,
    front: LinearFront,
    source: DosageSource,
    people: np.ndarray,
    baseline: np.ndarray,
) -> dict[str, pd.DataFrame]:
    """Tables "dominance", of planted and some other variants, and "interactions".

    Candidate pairs are those among the top variants of the first score column; there is
    no table "interactions" where networks are shown a single one.
    """
    key = rng.named(root_key(configuration, work), "experiments/contrasts")
    name = planted_arm(configuration)
    arm = load_arm(work, load_cohort(work), name)
    values, _ = load_scores(work, name)
    variants = contrasted(arm.truth, key)
    tables = {}
    if (~planted_columns(arm.truth))[variants].sum() > 1:
        with console.bar("dominance contrasts") as progress:
            responses = dominance_contrasts(
                front, source, people, variants, progress=progress
            )
        tables["dominance"] = dominance_table(responses, variants, arm.truth, key)
    scores = values[0].mean(axis=0)
    if arm.truth.typed is not None:
        scores = np.where(arm.truth.typed, scores, -np.inf)
    wanted = configuration.faithfulness.contrast_variants
    count = min(wanted, int(np.isfinite(scores).sum()))
    if count < 2:
        return tables
    pairs = candidate_pairs(scores, count)
    with console.bar("pair contrasts") as progress:
        contrasts = pair_contrasts(
            front, source, people, baseline.mean(axis=0), pairs, progress=progress
        )
    product = scores[pairs[:, 0]] * scores[pairs[:, 1]]
    both = np.stack([contrasts.mean(axis=0), product])[:, None]
    options = found_options(configuration, work, arm)
    places = find_pairs(pairs, both, arm.truth, **options)
    return tables | {"interactions": interaction_table([places], _ROWS, key)}


def planted_columns(truth: Truth) -> np.ndarray:
    """bool [V]: columns with an effect that is to be found."""
    silent = [KINDS.index(name) for name in ("real", "polygenic")]
    return ~np.isin(truth.kind, silent)


def contrasted(truth: Truth, key: jax.Array) -> np.ndarray:
    """int64: every planted variant, and some without a planted effect."""
    planted = planted_columns(truth)
    null = np.flatnonzero(~planted & truth.shown)
    draw = rng.generator(key, "experiments/null_variants")
    chosen = draw.choice(null, min(_NULLS, len(null)), replace=False)
    return np.sort(np.concatenate([np.flatnonzero(planted & truth.shown), chosen]))
