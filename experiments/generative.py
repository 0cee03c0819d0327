"""The generative truth of a run: a phenotype made from real genotypes."""

from __future__ import annotations

import numpy as np

from experiments import console
from experiments.configuration import Configuration, TruthFlags
from experiments.keys import root_key
from experiments.records import load_neighbours
from experiments.truth_records import save_generated
from experiments.workdir import Workdir
from gxjax.cohort.residualise import residualise, standardise
from gxjax.truth import CausalCounts, CausalRules, Heritability, generate_trait
from gxjax.types import TRAIN, Cohort

__all__ = ["check_generative", "generate"]

_RECESSIVE_MAF = 0.1
_SHARES = {name: f"{name}_h2" for name in Heritability._fields}


def generate(
    configuration: Configuration, work: Workdir, cohort: Cohort
) -> tuple[np.ndarray, list[str]]:
    """Writes which variants are causal; the new phenotype and notes.

    What covariates were given to explain is taken off again, as of any phenotype.
    """
    flags = configuration.truth
    train = cohort.split == TRAIN
    binary = cohort.trait == "binary"
    neighbours = load_neighbours(work)
    with console.bar("make a phenotype") as progress:
        made = generate_trait(
            root_key(configuration, work),
            cohort.genotypes,
            cohort.covariates,
            counts=counts(flags),
            heritability=heritability(flags),
            rules=rules(flags, configuration.cohort.chr_set),
            neighbours=neighbours,
            split=cohort.split,
            untyped=flags.untyped_causal,
            twin_r2=flags.twin_r2 or None,
            train_counts=cohort.counts,
            prevalence=float(cohort.phenotype[train].mean()) if binary else None,
            progress=progress,
        )
    save_generated(work.stage("truth"), made.truth, made.manifest, made.components)
    phenotype = made.phenotype
    if flags.covariates_h2 and not binary:
        covariates = cohort.covariates.to_numpy(np.float64)
        phenotype = standardise(residualise(phenotype, covariates, train), train)
    notes = [f"--truth generative: {cohort.name} is replaced by a made phenotype"]
    hidden = int((~made.truth.shown).sum())
    if hidden:
        notes.append(f"{hidden} variants are hidden from the networks")
    if hidden == len(made.truth.kind):
        raise ValueError(
            "--untyped_causal, --twin_r2: all variants are hidden from the networks; "
            "plant fewer, or give more variants"
        )
    if not len(neighbours.columns):
        notes.append("no LD is known: --causal_r2 and --twin_r2 rule nothing out")
    return phenotype.astype(np.float32), notes


def rules(flags: TruthFlags, chr_set: int) -> CausalRules:
    """Which variants may be causal; rare recessives have too few homozygotes."""
    low, high = flags.causal_maf
    rarest = max(low, min(_RECESSIVE_MAF, high))
    return CausalRules(
        maf=(low, high),
        dominant_maf=(low, high),
        recessive_maf=(rarest, high),
        interaction_maf=(rarest, high),
        causal_r2=flags.causal_r2,
        apart_kb=flags.causal_apart_kb,
        least_tags=flags.causal_tags,
        chr_set=chr_set,
    )


def counts(flags: TruthFlags) -> CausalCounts:
    """How many variants of each effect the flags ask for."""
    return CausalCounts(*(getattr(flags, name) for name in CausalCounts._fields))


def heritability(flags: TruthFlags) -> Heritability:
    """Shares of the variance; 0 for an effect that no variant has."""
    shares = {name: getattr(flags, flag) for name, flag in _SHARES.items()}
    planted = counts(flags)._asdict()
    planted["epistatic"] = planted["epistatic_pairs"]
    return Heritability(
        **{
            name: share if planted.get(name, 1) else 0.0
            for name, share in shares.items()
        }
    )


def check_generative(flags: TruthFlags, least_r2: float) -> None:
    """Raises ValueError for shares and rules that can not be met.

    Args:
      flags: of the truth.
      least_r2: the least r^2 that is kept of a pair.
    """
    for name, never in (("causal_r2", 1.0), ("twin_r2", 0.0)):
        value = getattr(flags, name)
        if value != never and value < least_r2:
            raise ValueError(
                f"--{name}={value:g}: expected at least --ld_least_r2={least_r2:g}, "
                "from which on LD is kept; lower that"
            )
    if len(flags.causal_maf) != 2 or not (
        flags.causal_maf[0] < flags.causal_maf[1] <= 0.5
    ):
        raise ValueError(
            f"--causal_maf={','.join(map(str, flags.causal_maf))}: expected the least "
            "and the greatest MAF, at most 0.5, such as 0.05,0.5"
        )
    if flags.train_only:
        raise ValueError(
            "--train_only is for spike-ins; a generated phenotype is everybody's"
        )
    planted = counts(flags)
    if not any(planted[:-1]):
        raise ValueError(
            "--additive, --dominant, --recessive, --epistatic_pairs, --three_way and "
            "--gene_by_sex are all 0; expected at least one effect to look for"
        )
    shares = heritability(flags)
    if sum(shares) > 1:
        raise ValueError(
            f"the shares of variance (--additive_h2 ...) add up to {sum(shares):g}; "
            "expected at most 1"
        )
    for name, count in planted._asdict().items():
        flag = f"{name.removesuffix('_pairs')}_h2"
        if count and not getattr(flags, flag):
            raise ValueError(
                f"--{name}={count} with --{flag}=0: these variants would have no "
                "effect; give them a share, or ask for none"
            )
