"""Estimates of methods and comparators together, by effect that was planted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import jax

from experiments.evaluation.planted import Planted
from gxjax.benchmark import (
    Estimate,
    average_precision_estimate,
    concatenate,
    recall_estimate,
)
from gxjax.benchmark.places import EFFECTS, units_of

__all__ = ["planted_effects", "precision_by_effect", "recall_by_effect"]


def recall_by_effect(
    replicates: Sequence[Planted],
    quantile: float,
    key: jax.Array,
    draws: int,
    *,
    among: Literal["places", "locus_places"] = "places",
) -> dict[str, Estimate]:
    """Recall of methods, then comparators, by effect that was planted."""
    return {
        effect: concatenate(
            [
                recall_estimate(
                    [getattr(getattr(one, kind), among) for one in replicates],
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
