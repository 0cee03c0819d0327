"""Flags of faithfulness and of the benchmark's definitions."""

from __future__ import annotations

from dataclasses import dataclass

from experiments.option import option

__all__ = ["BenchmarkFlags", "FaithfulnessFlags"]


@dataclass(frozen=True)
class FaithfulnessFlags:
    """Null networks, checks of networks, and what counts as found."""

    faithfulness_people: int = option(
        48, "TEST people whose own attributions are checked; 0: no such checks", lower=0
    )
    faithfulness_members: int = option(
        2, "networks whose attributions are checked", lower=1
    )
    null_ensembles: int = option(
        0,
        "ensembles of the first replicate trained on a shuffled phenotype: empirical "
        "p-values, q-values and label randomisation need at least one",
        lower=0,
    )
    ld_r2: float = option(
        0.5,
        "a planted variant is found where a top variant has this r^2 with it, and a "
        "locus takes its neighbours in from there on; 1: itself and nothing else",
        lower=0,
        upper=1,
    )
    found_kb: float = option(
        0.0, "or where a top variant lies within so many kilobases", lower=0
    )
    contrast_variants: int = option(
        200,
        "top variants whose pairs are contrasted, beside dominance contrasts of what "
        "was planted; 2 or more, 0: neither",
        lower=0,
    )


@dataclass(frozen=True)
class BenchmarkFlags:
    """Replicates, and definitions of the metrics."""

    replicates: int = option(
        1,
        "times the truth is planted anew and trained again; intervals then hold over "
        "truths, not only over networks. P-values, loci, calibration, selections and "
        "spread are of the first",
        lower=1,
    )
    spread: bool = option(
        False,
        "train three more ensembles of the first replicate, to split the spread of "
        "scores into its causes: seed, order of people, and bootstrap of them",
    )
    composite_quantile: float = option(
        0.98, "quantile of the composite score", lower=0, upper=0.9999
    )
    composite_tau: float = option(
        0.45, "median RSD that halves the stability score", lower=1e-6
    )
    composite_weights: tuple[float, ...] = option(
        (1.0, 1.0, 1.0), "of recall, precision and stability", lower=0
    )
    bootstrap_draws: int = option(
        2000,
        "draws behind an interval; more score columns need more, to be told apart",
        lower=100,
    )
    fdr: tuple[float, ...] = option(
        (0.05, 0.1, 0.2), "false discovery rates of knockoff+ selections", lower=0
    )
