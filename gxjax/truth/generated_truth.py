"""`Truth` and manifest of causal variants chosen among real ones."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import pandas as pd

from gxjax.genotypes.hard_calls import BYTE_CALLS
from gxjax.truth.causal_choice import tags_of, twins_of
from gxjax.truth.causal_rules import CausalRules
from gxjax.truth.genetic_components import Component, Planted, dosage_correlations
from gxjax.truth.genotype_coding import standardise
from gxjax.truth.latent import correlation
from gxjax.truth.manifest import MANIFEST_COLUMNS
from gxjax.truth.variance_components import Trait
from gxjax.types import (
    KINDS,
    MISSING,
    Genotypes,
    Neighbours,
    Progress,
    Truth,
    silent,
)

__all__ = [
    "GENERATED_COLUMNS",
    "Signals",
    "generated_manifest",
    "generated_truth",
    "measure_signals",
    "typed_columns",
]

GENERATED_COLUMNS = (*MANIFEST_COLUMNS, "share", "tags", "typed")

# Of a correlation that sampling alone moves by 1 / sqrt(N).
_STANDARD_ERRORS = 3.0


class Signals(NamedTuple):
    """What the units of one kind have to do with the phenotype.

    Attributes:
      units: int64 [n, variants of a unit].
      effects: float64 [n], sd of what a unit adds, with its sign.
      target: float64 [n], correlation asked for; see `Truth`.
      achieved: float64 [n], that of the sample, over TRAIN.
      marginal: float64 [n], largest |correlation| of the dosage of a member of an
        interaction; 0 of other kinds.
    """

    units: np.ndarray
    effects: np.ndarray
    target: np.ndarray
    achieved: np.ndarray
    marginal: np.ndarray


def measure_signals(
    genotypes: Genotypes,
    units: Mapping[str, np.ndarray],
    components: Mapping[str, Component],
    planted: Planted,
    trait: Trait,
    progress: Progress = silent,
) -> dict[str, Signals]:
    """What every unit of every kind has to do with the phenotype, over TRAIN.

    Args:
      genotypes: N people, V variants, for the polygenic background.
      units: int64 [n, variants of a unit] of each kind.
      components: of the same kinds.
      planted: genotypes of the others.
      trait: of these components.
      progress: called with codes of the background done, N k.
    """
    train, found = planted.train, {}
    phenotype = standardise(trait.phenotype, train)
    for kind, made in components.items():
        own = units[kind]
        if kind == "polygenic":
            achieved = dosage_correlations(
                genotypes, own[:, 0], phenotype, train, progress
            )
            marginal = np.zeros(len(own))
        else:
            achieved, marginal = _correlations(kind, own, planted, phenotype[train])
        target = made.targets * trait.scale * trait.attenuation
        effects = made.effects * trait.scale
        found[kind] = Signals(own, effects, target, achieved, marginal)
    return found


def _correlations(
    kind: str, units: np.ndarray, planted: Planted, phenotype: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Of coded genotypes, and the largest of the members' dosages, float64 [n] each."""
    achieved, marginal = np.zeros((2, len(units)))
    for place, unit in enumerate(units):
        coded = planted.coded(kind, unit)[planted.train]
        achieved[place] = correlation(phenotype, coded)
        if planted.lower(kind, unit):
            dosages = [planted.coded("additive", each) for each in unit[:, None]]
            marginal[place] = max(
                abs(correlation(phenotype, each[planted.train])) for each in dosages
            )
    return achieved, marginal


def typed_columns(
    variants: int,
    units: Mapping[str, np.ndarray],
    neighbours: Neighbours | None,
    *,
    untyped: bool,
    twin_r2: float | None,
) -> np.ndarray | None:
    """bool [V]: what networks are shown; None where that is everything.

    Args:
      variants: V.
      units: causal variants of every kind.
      neighbours: of the V variants.
      untyped: whether causal variants, but for the background, are hidden.
      twin_r2: if given, neighbours with an r^2 of at least this with one of them are
        hidden, unless they are causal themselves.
    """
    typed = np.ones(variants, bool)
    planted = [each.ravel() for kind, each in units.items() if kind != "polygenic"]
    columns = np.concatenate([np.empty(0, np.int64), *planted])
    if twin_r2 is not None and neighbours is not None:
        typed[twins_of(columns, neighbours, twin_r2)] = False
        for each in units.values():
            typed[each.ravel()] = True
    if untyped:
        typed[columns] = False
    return None if typed.all() else typed


def generated_truth(
    variants: int, signals: Mapping[str, Signals], typed: np.ndarray | None
) -> Truth:
    """`Truth` of the V variants; partners go round a pair or triple."""
    kind = np.full(variants, KINDS.index("real"), np.int8)
    partner = np.full(variants, -1, np.int32)
    target, achieved = np.full((2, variants), np.nan, np.float32)
    for name, found in signals.items():
        kind[found.units] = KINDS.index(name)
        target[found.units] = found.target[:, None]
        achieved[found.units] = found.achieved[:, None]
        if found.units.shape[1] > 1:
            partner[found.units] = np.roll(found.units, -1, axis=1)
    return Truth(kind, partner, target, achieved, typed)


def generated_manifest(
    variants: pd.DataFrame,
    signals: Mapping[str, Signals],
    truth: Truth,
    planted: Planted,
    neighbours: Neighbours | None,
    rules: CausalRules,
) -> pd.DataFrame:
    """One row per planted variant, unit by unit in the order of the kinds.

    Args:
      variants: table of V rows.
      signals: of every kind; those of "polygenic" have no rows.
      truth: of the V variants.
      planted: genotypes of the planted variants.
      neighbours: of the V variants; None leaves `tags` NaN.
      rules: what a tag is.

    Returns:
      Table with `GENERATED_COLUMNS`, the first as spike-ins have them: ids are the
      variants' own, `latent_rho` and `maf_target` NaN, `maf n0 n1 n2` those of TRAIN
      (hard calls). `guards_met`: the correlation achieved lies within 3 / sqrt(N) of
      the one asked for, and of an interaction the members' own within that of 0; LD
      with other causal variants is what else moves them. `share`: the variance of what
      the unit alone adds; over a kind they sum to its component's but for LD among
      them. `tags`: neighbours with r^2 >= `rules.tag_r2`.
    """
    kinds = {name: each for name, each in signals.items() if name != "polygenic"}
    sizes = {name: each.units.shape[1] for name, each in kinds.items()}

    def spread(field: str) -> np.ndarray:
        found = [np.repeat(getattr(kinds[k], field), sizes[k]) for k in kinds]
        return np.concatenate([np.empty(0), *found])

    columns = np.concatenate(
        [np.empty(0, np.int64), *(each.units.ravel() for each in kinds.values())]
    )
    bound = _STANDARD_ERRORS / np.sqrt(planted.train.sum())
    missed = np.abs(spread("achieved") - spread("target"))
    table = _described(variants, columns, truth, planted)
    table["guards_met"] = (missed <= bound) & (spread("marginal") <= bound)
    table["share"] = spread("effects") ** 2
    tags = np.full(len(columns), np.nan)
    if neighbours is not None:
        tags = tags_of(neighbours, rules.tag_r2)[columns].astype(np.float64)
    table["tags"] = tags
    table["typed"] = truth.shown[columns]
    return table[list(GENERATED_COLUMNS)]


def _described(
    variants: pd.DataFrame, columns: np.ndarray, truth: Truth, planted: Planted
) -> pd.DataFrame:
    counts = _call_counts(planted, columns)
    frequency = counts @ np.array([0, 0.5, 1]) / np.maximum(counts.sum(axis=1), 1)
    names = ["CHROM", "POS", "ID", "A1", "A2"]
    table = variants.iloc[columns][names].reset_index(drop=True)
    ids, partner = variants["ID"].to_numpy(), truth.partner[columns]
    return table.rename(columns={"CHROM": "#CHROM"}).assign(
        effect=[KINDS[kind] for kind in truth.kind[columns]],
        partner=[str(ids[other]) if other >= 0 else "." for other in partner],
        target=truth.target[columns].astype(np.float64),
        achieved=truth.achieved[columns].astype(np.float64),
        latent_rho=np.nan,
        maf_target=np.nan,
        maf=np.minimum(frequency, 1 - frequency),
        n0=counts[:, 0],
        n1=counts[:, 1],
        n2=counts[:, 2],
    )


def _call_counts(planted: Planted, columns: np.ndarray) -> np.ndarray:
    """int64 [k, 3]: TRAIN people with hard call 0, 1, 2 at some planted variants."""
    counts = np.zeros((len(columns), 3), np.int64)
    for row, place in enumerate(np.searchsorted(planted.columns, columns)):
        codes = planted.codes[planted.train, place]
        calls = codes if planted.bits == 2 else BYTE_CALLS[codes]
        counts[row] = np.bincount(calls, minlength=MISSING + 1)[:3]
    return counts
