"""A phenotype generated from real genotypes: the truth that keeps its LD."""

from __future__ import annotations

from typing import NamedTuple

import jax
import numpy as np
import pandas as pd

from gxjax import rng
from gxjax.truth.causal_choice import choose_causal, train_calls
from gxjax.truth.causal_columns import read_columns
from gxjax.truth.causal_rules import (
    CausalCounts,
    CausalRules,
    Heritability,
    check_counts,
    check_rules,
    check_shares,
)
from gxjax.truth.covariate_effects import covariate_component, known_sex
from gxjax.truth.generated_truth import (
    generated_manifest,
    generated_truth,
    measure_signals,
    typed_columns,
)
from gxjax.truth.genetic_components import (
    Component,
    Planted,
    Sizes,
    draw_sizes,
    plant,
    polygenic,
)
from gxjax.truth.train_only import train_mask
from gxjax.truth.variance_components import (
    assemble,
    components_table,
    parts_explained,
)
from gxjax.types import Genotypes, Neighbours, Progress, Truth, silent

__all__ = ["Generated", "generate_trait"]

MINIMUM_PEOPLE = 50
DEFAULT_COUNTS, DEFAULT_RULES = CausalCounts(), CausalRules()
DEFAULT_HERITABILITY = Heritability()


class Generated(NamedTuple):
    """A generated phenotype and what is known of it.

    Attributes:
      phenotype: float32 [N], mean 0 and sd 1 (ddof 0) over TRAIN; 0 and 1 of a trait
        with a prevalence.
      truth: `Truth` of the V variants.
      manifest: a row per planted variant, `generated_truth.GENERATED_COLUMNS`; the
        polygenic background is in `truth` only.
      components: `variance_components.COMPONENT_COLUMNS`: what was asked and achieved.
      values: table of N rows, float32: a column per component and noise; they sum to
        the phenotype (of a trait with a prevalence, to the liability).
    """

    phenotype: np.ndarray
    truth: Truth
    manifest: pd.DataFrame
    components: pd.DataFrame
    values: pd.DataFrame


def generate_trait(
    key: jax.Array,
    genotypes: Genotypes,
    covariates: pd.DataFrame | None = None,
    *,
    counts: CausalCounts = DEFAULT_COUNTS,
    heritability: Heritability = DEFAULT_HERITABILITY,
    rules: CausalRules = DEFAULT_RULES,
    neighbours: Neighbours | None = None,
    split: np.ndarray | None = None,
    sizes: Sizes = "equal",
    untyped: bool = False,
    twin_r2: float | None = None,
    prevalence: float | None = None,
    train_counts: np.ndarray | None = None,
    progress: Progress = silent,
) -> Generated:
    """A phenotype that causal variants among the real ones make, and its truth.

    The phenotype is a sum of components plus normal noise. Per kind a component is the
    sum over units of a signed effect times what is coded, standardised: the dosage
    (additive, polygenic), carriers 1[g > 0] (dominant), homozygotes 1[g = 2] of A1
    (recessive), the product of the centred dosages of a pair (epistatic) or triple
    (three_way), of centred dosage and sex (gene_by_sex). Of products only the residual
    on their factors (and products of two of three) has an effect: over TRAIN a member
    of a pair has no correlation of its own with what the pair adds. Every component is
    scaled to exactly its share of the variance over TRAIN; noise gets the rest. All
    that is estimated (frequencies, means, scales) is of TRAIN; the same effects make
    the phenotype of the others, so they carry over.

    With `sizes="equal"`, the default, every unit of a kind explains the same variance:
    recall then compares kinds and methods, and not the luck of a few large effects.
    "normal" draws |effect| per sd from a half normal, as more like nature; some planted
    variants then have next to no effect. The polygenic background is always normal.

    A missing call adds what the mean does. Variants on X, Y and MT are never causal.
    What more units of one kind may change of another's, `choose_causal` says. The
    phenotype is not adjusted for a component of covariates: adjust it as one of people
    would be. What it can NOT tell: how methods fare with population structure,
    relatives, effects of rare variants that nobody typed, or an environment that goes
    with genotypes, for nothing of the kind is generated. Effects are made to be found
    (by default every epistatic pair explains 0.4 % of the variance), not to be those of
    a human trait.

    Args:
      key: of the truth.
      genotypes: N people, V variants of 2 or 8 bits, in memory or a store.
      covariates: table of N rows, numeric; for a share of covariates only.
      counts: units per kind.
      heritability: shares of the phenotype's variance. All genetic ones 0 plants
        variants without effects, a null.
      rules: which variants may be causal.
      neighbours: of the V variants, from the least r^2 that a rule speaks of; pairs
        that are not there count as unlinked. None where no rule is about LD.
      split: int8 [N] of TRAIN, VALIDATION, TEST; None takes everybody for TRAIN.
      sizes: "equal" or "normal".
      untyped: hides causal variants, but for the background, from networks.
      twin_r2: if given, hides neighbours with at least this r^2 with one of them.
      prevalence: if given, the trait is binary: 1 of the TRAIN people with the highest
        values (liabilities), and of others beyond their threshold. Components are then
        of the liability, correlations of the 0 and 1.
      train_counts: int64 [V, 4], TRAIN people with hard call 0, 1, 2 and missing, as
        `Cohort.counts`; counted if None.
      progress: called within each of several steps.

    Returns:
      `Generated`.

    Raises:
      ValueError: shares above 1 in sum or without variants, rules that leave too few
        variants, or that need neighbours where there are none, unknown sex, missing or
        constant covariates, shapes that disagree, or a prevalence outside (0, 1).

    References:
      Yang, Lee, Goddard & Visscher, GCTA: a tool for genome-wide complex trait
      analysis (2011), https://doi.org/10.1016/j.ajhg.2010.11.011
      Falconer & Mackay, Introduction to quantitative genetics, 4th edition (1996)
    """
    variants = genotypes.variants
    check_counts(counts)
    check_shares(counts, heritability)
    check_rules(rules, neighbours, len(variants), twin_r2)
    train = _train(split, genotypes)
    train_counts = train_calls(genotypes, train, train_counts, progress)
    units = choose_causal(key, variants, train_counts, counts, rules, neighbours)
    planted = _read(genotypes, units, train, progress)
    made = _components(key, genotypes, units, heritability, sizes, planted, progress)
    values = {kind: each.values for kind, each in made.items()}
    if heritability.covariates:
        values["covariates"] = covariate_component(
            key, covariates, heritability.covariates, train
        )
    noise = rng.generator(key, "truth/generative/noise").standard_normal(len(train))
    trait = assemble(values, 1 - sum(heritability), noise, train, prevalence)
    signals = measure_signals(genotypes, units, made, planted, trait, progress)
    typed = typed_columns(
        len(variants), units, neighbours, untyped=untyped, twin_r2=twin_r2
    )
    truth = generated_truth(len(variants), signals, typed)
    parts = {
        kind: parts_explained(each, planted.of(units[kind]), planted.bits, train)
        for kind, each in values.items()
        if kind in units and kind != "polygenic"
    }
    asked = {name: getattr(heritability, name) for name in values}
    return Generated(
        trait.phenotype.astype(np.float32),
        truth,
        generated_manifest(variants, signals, truth, planted, neighbours, rules),
        components_table(trait, asked, parts, train),
        trait.components.astype(np.float32),
    )


def _train(split: np.ndarray | None, genotypes: Genotypes) -> np.ndarray:
    train = train_mask(split, len(genotypes.samples))
    if train.sum() < MINIMUM_PEOPLE:
        raise ValueError(
            f"genotypes: {train.sum()} TRAIN people; expected at least {MINIMUM_PEOPLE}"
        )
    return train


def _read(
    genotypes: Genotypes,
    units: dict[str, np.ndarray],
    train: np.ndarray,
    progress: Progress,
) -> Planted:
    """Codes of everything planted; of the background nothing is held."""
    few = [each.ravel() for kind, each in units.items() if kind != "polygenic"]
    columns = np.unique(np.concatenate([np.empty(0, np.int64), *few]))
    sex = np.full(len(train), np.nan)
    if "gene_by_sex" in units:
        sex = known_sex(genotypes.samples, train)
    codes = read_columns(genotypes, columns, progress)
    return Planted(codes, genotypes.bits, columns, sex, train)


def _components(
    key: jax.Array,
    genotypes: Genotypes,
    units: dict[str, np.ndarray],
    heritability: Heritability,
    sizes: Sizes,
    planted: Planted,
    progress: Progress,
) -> dict[str, Component]:
    """Of every kind that has units, in the order of `UNIT_SIZES`."""
    components = {}
    for kind, own in units.items():
        share, train = getattr(heritability, kind), planted.train
        if kind == "polygenic":
            drawn = draw_sizes(key, kind, len(own), "normal")
            made = polygenic(genotypes, own[:, 0], drawn, share, train, progress)
        else:
            drawn = draw_sizes(key, kind, len(own), sizes)
            made = plant(kind, own, drawn, share, planted, progress)
        components[kind] = made
    return components
