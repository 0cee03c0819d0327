"""A generated phenotype as a stage of a run: records, case-control, refusals."""

import dataclasses
import shutil

import numpy as np
import pytest

from experiments import plant_truth
from experiments.comparators import run_comparators
from experiments.launcher import require
from experiments.records import load_cohort, save_cohort
from experiments.truth_records import load_arm, load_manifest, load_phenotype
from experiments.workdir import Workdir
from gxjax.types import KINDS

WORDS = ("--truth=generative", "--causal_r2=0.9", "--additive_h2=0.3")


@pytest.fixture
def work(trained, tmp_path):
    """A run whose cohort is there, of its own."""
    shutil.copytree(trained / "cohort", tmp_path / "out" / "cohort")
    return Workdir(tmp_path / "out")


def test_run__without_hidden_variants(work, configured):
    plant_truth.run(configured(*WORDS), work)
    truth = load_arm(work, load_cohort(work), "real").truth
    assert truth.typed.all()
    planted = np.isin(truth.kind, [KINDS.index(n) for n in ("real", "decoy")])
    assert (~planted).sum() == len(load_manifest(work)) == 4 + 3 + 3 + 2 * 2


def test_run__hides_causal_variants_from_every_arm(work, configured):
    plant_truth.run(configured(*WORDS, "--untyped_causal"), work)
    cohort = load_cohort(work)
    for name in ("real", "decoy"):
        arm = load_arm(work, cohort, name)
        hidden = ~arm.truth.typed
        assert hidden.sum() == 14 * (2 if name == "decoy" else 1)
        assert (arm.encoding.scale[hidden] == 0).all()
    (note,) = run_comparators(configured(*WORDS, "--comparators=gwas"), work, cohort)
    assert f"of {len(cohort.genotypes.variants) - 14} columns pass" in note


def test_run__makes_a_case_control_trait_of_a_case_control_cohort(work, configured):
    cohort = load_cohort(work)
    case = (cohort.phenotype > 0.5).astype(np.float32)
    save_cohort(
        dataclasses.replace(cohort, phenotype=case, trait="binary"),
        work.path / "cohort",
    )
    plant_truth.run(configured(*WORDS), work)
    made = load_phenotype(work)
    assert set(np.unique(made)) == {0, 1}
    assert made.mean() == pytest.approx(case.mean(), abs=0.05)
    assert (made != case).any()


def test_run__raises_on_knockoffs_of_sex_chromosomes(work, configured):
    cohort = load_cohort(work)
    variants = cohort.genotypes.variants.assign(CHROM="X")
    genotypes = cohort.genotypes._replace(variants=variants)
    save_cohort(dataclasses.replace(cohort, genotypes=genotypes), work.path / "cohort")
    with pytest.raises(ValueError, match="variants on X; knockoffs are for autosomes"):
        plant_truth.run(configured("--knockoffs=hmm"), work)


def test_check_autosomes__of_another_species(work):
    cohort = load_cohort(work)
    variants = cohort.genotypes.variants.assign(CHROM="24")
    genotypes = cohort.genotypes._replace(variants=variants)
    cohort = dataclasses.replace(cohort, genotypes=genotypes)
    plant_truth.check_autosomes(cohort, 29)
    with pytest.raises(ValueError, match="variants on Y"):
        plant_truth.check_autosomes(cohort, 22)


def test_require__names_the_replicate_that_is_missing(trained, configured):
    work = Workdir(trained)
    require(configured(), work, "ensemble")
    with pytest.raises(ValueError, match="of replicate 2 of 2 lacks"):
        require(configured("--replicates=2"), work, "ensemble")
    with pytest.raises(ValueError, match="of replicate 1 of 1 lacks"):
        require(configured("--null_ensembles=1"), work, "ensemble")
