"""Every flag in one place: a frozen dataclass per stage, which flags.py hands to absl.

A field gives a flag its name, type, default and help; its class says which stage of the
pipeline reads it first, so that a changed flag costs no more than it must.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from experiments.attribution_flags import AttributionFlags
from experiments.benchmark_flags import BenchmarkFlags, FaithfulnessFlags
from experiments.ensemble_flags import EnsembleFlags
from experiments.genotype_flags import GenotypeFlags
from experiments.option import option
from experiments.running_flags import RunningFlags
from experiments.truth_flags import TruthFlags

__all__ = [
    "AttributionFlags",
    "BenchmarkFlags",
    "CohortFlags",
    "Configuration",
    "EnsembleFlags",
    "FaithfulnessFlags",
    "RunningFlags",
    "TruthFlags",
]


@dataclass(frozen=True)
class CohortFlags(GenotypeFlags):
    """Genotypes and phenotype in, QC, split."""

    pheno: str | None = option(
        None,
        "phenotype file: FID IID value ..., with or without header (default: column 6 "
        "of the .fam)",
        is_path=True,
    )
    pheno_name: str | None = option(
        None, "column of --pheno to explain (default: its only one)"
    )
    covar: str | None = option(
        None,
        "covariate file: FID IID columns ...; a quantitative phenotype is adjusted for "
        "all of them; text is a category",
        is_path=True,
    )
    covar_name: str | None = option(
        None, "columns of --covar, such as age,sex,PC1-PC10 (default: all)"
    )
    covar_categorical: str | None = option(
        None, "columns of --covar whose numbers are categories, with commas between"
    )
    pca: int | None = option(
        None,
        "principal components of the pruned genotypes that are covariates too",
        lower=1,
    )
    keep: str | None = option(
        None, "file of people to keep: FID IID, or IID alone", is_path=True
    )
    remove: str | None = option(
        None, "file of people to remove, such as withdrawals; as --keep", is_path=True
    )
    extract: str | None = option(
        None, "file of variant ids to keep, one a line", is_path=True
    )
    exclude: str | None = option(
        None, "file of variant ids to remove, one a line", is_path=True
    )
    ref_freq: str | None = option(
        None,
        "allele frequencies (plink2 --freq, .afreq) of a reference, or of the cohort "
        "that networks were trained on: swapped alleles and flipped strands are said",
        is_path=True,
    )
    autosome: bool = option(
        True, "keep autosomes only: chromosomes 1-22, or 1 to --chr_set"
    )
    chr_set: int = option(
        22,
        "autosomes of the species; the numbers after them are X, Y, XY and MT",
        lower=1,
        upper=95,
    )
    nonfounders: bool = option(
        False, "--hwe, --maf and --mac count people with parents in the .fam too"
    )
    geno: float | None = option(
        None, "drop variants with a larger share of missing calls", lower=0, upper=1
    )
    mind: float | None = option(
        None, "drop people with a larger share of missing calls", lower=0, upper=1
    )
    maf: float | None = option(
        None, "drop variants with a smaller minor allele frequency", lower=0, upper=0.5
    )
    mac: int | None = option(
        None, "drop variants with fewer copies of the minor allele", lower=0
    )
    hwe: float | None = option(
        None,
        "drop variants whose exact Hardy-Weinberg p-value is smaller",
        lower=0,
        upper=1,
    )
    freq: bool = option(
        False, "write plink2's allele frequencies of what the filters left (.afreq)"
    )
    missing: bool = option(
        False, "write plink2's missing rates of what they left (.vmiss, .smiss)"
    )
    hardy: bool = option(
        False, "write plink2's Hardy-Weinberg tests of what they left (.hardy)"
    )
    impute: Literal["mean", "mode", "zero"] = option(
        "mean",
        "the TRAIN dosage that stands for a missing call",
        choices=("mean", "mode", "zero"),
    )
    transform: Literal["zscore", "rank"] = option(
        "zscore",
        "of the adjusted quantitative phenotype, fitted on TRAIN",
        choices=("zscore", "rank"),
    )
    simulate_people: int = option(
        5000, "people of the simulated cohort (without genotypes)", lower=50
    )
    simulate_variants: int = option(
        10000, "variants of the simulated cohort (without genotypes)", lower=10
    )
    simulate_heritability: float = option(
        0.5, "share of the simulated phenotype's variance", lower=0, upper=1
    )
    simulate_causal: float = option(
        0.01, "share of simulated variants with an effect", lower=0, upper=1
    )
    ld_kb: float = option(
        1000.0,
        "pairs of variants whose LD is kept lie within so many kilobases",
        lower=1,
    )
    ld_least_r2: float = option(
        0.1, "the least r^2 of TRAIN people that is kept of a pair", lower=0.01, upper=1
    )
    seed: int = option(
        0,
        "names every random number: split, truth, weights, draws",
        lower=0,
        upper=2**32 - 1,
    )


@dataclass(frozen=True)
class Configuration:
    """The resolved flags of a run, by the stage that reads them first."""

    cohort: CohortFlags = CohortFlags()
    truth: TruthFlags = field(default_factory=TruthFlags)
    ensemble: EnsembleFlags = field(default_factory=EnsembleFlags)
    attribution: AttributionFlags = field(default_factory=AttributionFlags)
    faithfulness: FaithfulnessFlags = field(default_factory=FaithfulnessFlags)
    benchmark: BenchmarkFlags = field(default_factory=BenchmarkFlags)
    # Last, and with no folder of its own: see `RunningFlags`.
    running: RunningFlags = field(default_factory=RunningFlags)
