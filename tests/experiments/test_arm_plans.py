"""Which ensembles a run trains, and on which phenotype."""

import dataclasses

import jax
import numpy as np
import pytest

from experiments.arms import arm_plans, load_arm_phenotype, planted_arm
from experiments.configuration import (
    BenchmarkFlags,
    Configuration,
    FaithfulnessFlags,
    TruthFlags,
)
from experiments.keys import root_key
from experiments.records import load_cohort
from experiments.workdir import Workdir


def names(**sections):
    return [plan.name for plan in arm_plans(Configuration(**sections))]


def test_arm_plans__default_is_the_published_three():
    assert names() == ["spikein", "decoy", "real"]


def test_arm_plans__generative_truth_needs_no_spikeins():
    flags = TruthFlags(truth="generative", knockoffs="hmm")
    assert names(truth=flags) == ["decoy", "real", "knockoff"]
    assert planted_arm(Configuration(truth=flags)) == "real"


def test_arm_plans__null_ensembles_and_spread():
    found = arm_plans(
        Configuration(
            faithfulness=FaithfulnessFlags(null_ensembles=2),
            benchmark=BenchmarkFlags(spread=True),
        )
    )
    assert [plan.name for plan in found[3:]] == [
        *("null0", "null1", "seed", "data_order", "bootstrap"),
    ]
    by_name = {plan.name: plan for plan in found}
    assert by_name["null1"].columns == "spikein"
    assert by_name["null1"].shuffle == 1
    flags = Configuration().ensemble
    orders = {
        name: (plan.flags(flags).data_order, plan.flags(flags).bootstrap)
        for name, plan in by_name.items()
        if plan.data_order
    }
    assert orders == {
        "seed": ("shared", False),
        "data_order": ("own", False),
        "bootstrap": ("own", True),
    }


def test_arm_plans__later_replicates_have_what_tables_are_made_of():
    configuration = Configuration(
        truth=TruthFlags(knockoffs="hmm"),
        faithfulness=FaithfulnessFlags(null_ensembles=2),
        benchmark=BenchmarkFlags(spread=True, replicates=2),
    )
    later = [plan.name for plan in arm_plans(configuration, 1)]
    assert later == ["spikein", "decoy", "real", "knockoff"]


@pytest.fixture
def phenotypes(trained):
    """`phenotypes(replicate) -> {arm: phenotype}` of a run with null ensembles."""
    flags = FaithfulnessFlags(null_ensembles=2)

    def load(number):
        work = Workdir(trained)
        work.replicate = number
        configuration = dataclasses.replace(Configuration(), faithfulness=flags)
        cohort = load_cohort(work)
        return cohort, {
            plan.name: load_arm_phenotype(configuration, work, cohort, plan)
            for plan in arm_plans(configuration)
        }

    return load


def test_load_arm_phenotype__null_ensembles_have_permutations_of_their_own(phenotypes):
    cohort, found = phenotypes(0)
    assert (found["real"] == cohort.phenotype).all()
    for name in ("null0", "null1"):
        assert (found[name] != cohort.phenotype).any()
        for part in (0, 1, 2):
            here = cohort.split == part
            np.testing.assert_array_equal(
                np.sort(found[name][here]), np.sort(cohort.phenotype[here])
            )
    assert (found["null0"] != found["null1"]).any()
    _, others = phenotypes(1)
    assert (found["null0"] != others["null0"]).any()


def test_root_key__names_replicates(tmp_path):
    configuration = Configuration()
    keys = [
        jax.random.key_data(root_key(configuration, Workdir(tmp_path, number)))
        for number in range(3)
    ]
    assert (keys[0] == jax.random.key_data(jax.random.key(0))).all()
    assert len({tuple(np.asarray(key).tolist()) for key in keys}) == 3
