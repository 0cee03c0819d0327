"""Flags of what is planted, and of the columns that can have no effect."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from experiments.option import option

__all__ = ["TruthFlags"]


@dataclass(frozen=True)
class TruthFlags:
    """What is planted to be found, and what is there to be avoided."""

    truth: Literal["conditional", "generative"] = option(
        "conditional",
        "'conditional' (published): spike-ins drawn given the phenotype, appended to "
        "the real variants. 'generative': causal variants chosen among the real ones, "
        "and a new phenotype made from them",
        choices=("conditional", "generative"),
    )
    additive: int = option(100, "additive variants to plant", lower=0)
    dominant: int = option(100, "dominant variants to plant", lower=0)
    recessive: int = option(100, "recessive variants to plant", lower=0)
    epistatic_pairs: int = option(50, "pairs of epistatic variants to plant", lower=0)
    three_way: int = option(
        0, "triples of epistatic variants (--truth generative)", lower=0
    )
    gene_by_sex: int = option(
        0, "variants whose effect depends on sex (--truth generative)", lower=0
    )
    polygenic: int = option(
        0, "variants of the polygenic background (--truth generative)", lower=0
    )
    strength: str = option(
        "scaled",
        "of spike-ins: 'published' correlations, 'scaled' by sqrt(320000 / people), or "
        "a number that multiplies the published ones. Scaled ones can explain most of "
        "the phenotype of a small cohort",
    )
    train_only: bool = option(
        False,
        "draw spike-ins given the phenotype for TRAIN people only; those of the others "
        "say nothing of theirs, so no network profits from TEST people",
    )
    additive_h2: float = option(
        0.15, "share of the generated phenotype's variance", lower=0, upper=1
    )
    dominant_h2: float = option(0.1, "share of dominant variants", lower=0, upper=1)
    recessive_h2: float = option(0.1, "share of recessive variants", lower=0, upper=1)
    epistatic_h2: float = option(0.1, "share of epistatic pairs", lower=0, upper=1)
    three_way_h2: float = option(0.0, "share of epistatic triples", lower=0, upper=1)
    gene_by_sex_h2: float = option(
        0.0, "share of interactions with sex", lower=0, upper=1
    )
    polygenic_h2: float = option(
        0.0, "share of the polygenic background", lower=0, upper=1
    )
    covariates_h2: float = option(
        0.0,
        "share of the covariates, which the phenotype is adjusted for",
        lower=0,
        upper=1,
    )
    causal_maf: tuple[float, ...] = option(
        (0.05, 0.5), "least and greatest MAF of causal variants", lower=0
    )
    causal_r2: float = option(
        0.1, "greatest r^2 between two causal variants", lower=0, upper=1
    )
    causal_apart_kb: float = option(
        0.0, "least distance of two causal variants, kilobases", lower=0
    )
    causal_tags: int = option(
        0,
        "least number of neighbours with r^2 of 0.8 that a causal variant has",
        lower=0,
    )
    twin_r2: float = option(
        0.0,
        "hide variants from the networks whose r^2 with a causal one is this or more; "
        "0: none",
        lower=0,
        upper=1,
    )
    untyped_causal: bool = option(
        False,
        "hide the causal variants themselves: only their neighbours in LD can tell",
    )
    knockoffs: Literal["none", "hmm", "gaussian"] = option(
        "none",
        "train one more ensemble on real variants and their knockoffs, which keep LD "
        "with them: of a hidden Markov model of haplotypes (hard calls), or second-"
        "order Gaussian on blocks (dosages)",
        choices=("none", "hmm", "gaussian"),
    )
    null: bool = option(
        False,
        "shuffle the phenotype between people after the truth was planted: recall must "
        "not exceed chance, precision must be near 0",
    )
