"""Plants what is to be found in a prepared cohort: cohort -> truth.

Reads <workdir>/cohort, writes <workdir>/truth: spikein.tsv of a conditional truth, or
causal.tsv and components.tsv of a generative one; decoys, and knockoffs if wanted.

example:
  python -m experiments.plant_truth --workdir out
"""

from __future__ import annotations

from experiments import console
from experiments.configuration import Configuration
from experiments.generative import check_generative, generate
from experiments.keys import root_key
from experiments.launcher import launch_stage
from experiments.records import load_cohort
from experiments.spikeins import check_spikeins, plant
from experiments.truth_records import save_knockoffs, save_nulls
from experiments.workdir import Workdir
from gxjax import rng
from gxjax.genotypes.tables import normalise_chromosome
from gxjax.truth import (
    gaussian_knockoffs,
    hmm_knockoffs,
    permute_within_split,
    shuffle_phenotype,
)
from gxjax.types import Cohort


def run(configuration: Configuration, work: Workdir) -> list[str]:
    flags, key = configuration.truth, root_key(configuration, work)
    cohort = load_cohort(work)
    if flags.knockoffs != "none":
        check_autosomes(cohort, configuration.cohort.chr_set)
    make = plant if flags.truth == "conditional" else generate
    phenotype, notes = make(configuration, work, cohort)
    if flags.null:
        phenotype = shuffle_phenotype(key, phenotype, cohort.split)
        notes.append("--null: the phenotype was shuffled after the truth was planted")
    permutation = permute_within_split(key, cohort.split)
    save_nulls(work.stage("truth"), permutation, phenotype)
    if flags.knockoffs != "none":
        make_knockoffs(configuration, work, cohort)
    return notes


def check_autosomes(cohort: Cohort, chr_set: int) -> None:
    """Raises ValueError where men have one copy, of which knockoffs know nothing."""
    names = normalise_chromosome(cohort.genotypes.variants["CHROM"], chr_set)
    found = sorted(set(names) & {"X", "Y", "MT"})
    if found:
        raise ValueError(
            f"--knockoffs: the cohort has variants on {', '.join(found)}; knockoffs "
            "are for autosomes: make the cohort with --autosome"
        )


def make_knockoffs(configuration: Configuration, work: Workdir, cohort: Cohort) -> None:
    """Writes a knockoff of every real variant, whatever the phenotype."""
    kind = configuration.truth.knockoffs
    key = rng.named(root_key(configuration, work), "experiments/knockoffs")
    draw, bits = (hmm_knockoffs, 2) if kind == "hmm" else (gaussian_knockoffs, 8)
    with console.bar("draw knockoffs") as progress:
        packed = draw(key, cohort.genotypes, progress=progress)
    save_knockoffs(work.stage("truth"), packed, bits)


def check_flags(configuration: Configuration) -> None:
    """Raises ValueError for what the flags alone give away."""
    flags = configuration.truth
    if flags.truth == "conditional":
        check_spikeins(flags)
    else:
        check_generative(flags, configuration.cohort.ld_least_r2)


if __name__ == "__main__":
    launch_stage("truth", __doc__, run, needs="cohort", check=check_flags)
