"""Plants what is to be found in a prepared cohort: cohort -> truth.

Reads <workdir>/cohort, writes <workdir>/truth: spikein.tsv of a conditional truth, or
causal.tsv and components.tsv of a generative one; decoys, and knockoffs if wanted.

example:
  python -m experiments.plant_truth --workdir out
"""

from __future__ import annotations

from experiments import console
from experiments.configuration import Configuration, TruthFlags
from experiments.generative import check_generative, generate
from experiments.keys import root_key
from experiments.launcher import launch_stage
from experiments.records import load_cohort
from experiments.spikeins import check_spikeins, plant
from experiments.truth_records import save_knockoffs, save_nulls
from experiments.workdir import Workdir
from gxjax import rng
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


def make_knockoffs(configuration: Configuration, work: Workdir, cohort: Cohort) -> None:
    """Writes a knockoff of every real variant, whatever the phenotype."""
    kind = configuration.truth.knockoffs
    key = rng.named(root_key(configuration, work), "experiments/knockoffs")
    draw, bits = (hmm_knockoffs, 2) if kind == "hmm" else (gaussian_knockoffs, 8)
    with console.bar("draw knockoffs") as progress:
        packed = draw(key, cohort.genotypes, progress=progress)
    save_knockoffs(work.stage("truth"), packed, bits)


def check_flags(flags: TruthFlags) -> None:
    """Raises ValueError for what the flags alone give away."""
    check = check_spikeins if flags.truth == "conditional" else check_generative
    check(flags)


if __name__ == "__main__":
    launch_stage("truth", __doc__, run, needs="cohort")
