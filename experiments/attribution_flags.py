"""The flags of attribution, and those of how a run goes about it."""

from __future__ import annotations

from dataclasses import dataclass

from experiments.option import option

__all__ = ["AttributionFlags"]


@dataclass(frozen=True)
class AttributionFlags:
    """Which methods, against what, with what noise."""

    methods: tuple[str, ...] = option(
        ("saliency", "integrated_gradients", "deeplift", "gradient_shap"),
        "methods to compare; your own as module:function",
    )
    noise: tuple[str, ...] = option(
        ("none", "smoothgrad_squared"),
        "of every method: none, smoothgrad, smoothgrad_squared, smoothgrad_root, "
        "vargrad",
    )
    baseline: str = option(
        "mode",
        "the input that attributions are measured against: zeros, twos, the TRAIN mean "
        "or mode, 2p (hwe), a sample of TRAIN people, or a file",
        choices=("zeros", "twos", "mean", "mode", "hwe", "people", "file"),
    )
    baseline_people: int = option(
        10, "people in the sample of --baseline people", lower=1
    )
    baseline_file: str | None = option(
        None,
        "of --baseline file: a header with ID, A1 if you will, and a column of dosages "
        "per baseline (CHROM, POS and A2 are passed over). Dosages count A1; where it "
        "is our A2, 2 - dosage is taken. Every variant that QC keeps must be there. A "
        "decoy takes its variant's baseline, a spike-in its TRAIN mode",
        is_path=True,
    )
    multiply_by_inputs: bool = option(
        True,
        "multiply by input minus baseline (global); --nomultiply_by_inputs: local. "
        "Saliency is always local",
    )
    integration_steps: int = option(
        256,
        "points on the path of integrated gradients (published: 50, which misses "
        "completeness by per cents)",
        lower=1,
    )
    integration_tolerance: float = option(
        0.0,
        "if above 0, integrated gradients doubles its points, from 16 to at most 4096, "
        "until a person's attributions add up to within this share of the change of "
        "output; --integration_steps is then not used. 0: off",
        lower=0,
        upper=1,
    )
    noise_draws: int = option(5, "draws of SmoothGrad", lower=1)
    noise_sigma: float = option(
        1.0, "SmoothGrad's standard deviation, in dosages", lower=0
    )
    merge_draws: bool = option(
        False,
        "merge a person's draws by random signs in squared SmoothGrad scores: saves a "
        "product with the first layer for every draw but one; costs accuracy, since "
        "scores are noisier and right in expectation to leading order only",
    )
    reductions: tuple[str, ...] = option(
        ("mean_absolute",),
        "means over TEST people, a table each: mean_signed, mean_square, and always "
        "mean_absolute, by which the benchmark ranks",
    )
    comparators: tuple[str, ...] = option(
        ("gwas", "gwas_genotypic", "ridge", "elastic_net", "random", "maf", "ld_score"),
        "what a method must beat to be useful; boosting is one more",
    )
    strata: str = option(
        "none",
        "groups of people that get tables of their own beside that of everybody: sex, "
        "phenotype (cases and controls), or those of --strata_file",
        choices=("none", "sex", "phenotype", "file"),
    )
    strata_file: str | None = option(
        None,
        "of --strata file: FID IID LABEL or IID LABEL, with or without header; people "
        "without a label, or with NA, become 'unlabelled'",
        is_path=True,
    )
    restore_members: str = option(
        "", "networks to attribute, as first:end: 3:5 for numbers 3 and 4. Empty: all"
    )
    attribution_batch_size: int = option(128, "people attributed at a time", lower=1)
    definitions: str = option(
        "corrected",
        "'published': the composite's tau is the median over the methods compared, and "
        "a sample of baseline people is averaged to one; 'corrected': tau is 0.45 and "
        "every baseline counts",
        choices=("corrected", "published"),
    )
