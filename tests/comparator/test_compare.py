from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from gxjax import types
from gxjax.comparator import COMPARATORS, Inputs, compare
from gxjax.testing import simulate_cohort
from gxjax.truth import decoy_arm, permute_within_split
from gxjax.types import TRAIN, Neighbours

PAIRS = Neighbours(
    np.array([0, 1, 2, *[2] * 28]), np.array([1, 0], np.int32), np.array([0.5, 0.5])
)
NAMES = tuple(name for name in COMPARATORS if name not in ("elastic_net", "boosting"))


def test_comparators__names():
    assert tuple(COMPARATORS) == types.COMPARATORS


def test_compare__scores_every_column_in_the_order_asked_for(study, peer):
    peer("sklearn.linear_model")
    peer("lightgbm")
    names = tuple(reversed(COMPARATORS))
    calls = []
    found = compare(
        names,
        study.inputs._replace(neighbours=PAIRS),
        lambda *each: calls.append(each),
    )
    assert tuple(found) == names
    for scores in found.values():
        assert scores.shape == (47,)
        assert scores.dtype == np.float64
        assert not np.isnan(scores).any()
    for name in ("gwas", "gwas_genotypic", "ridge", "elastic_net", "boosting"):
        assert found[name].argmax() == 3
    assert calls[0] == (0, 8, "ld_score")
    assert calls[-1][:2] == (8, 8)


def test_compare__hides_what_is_not_typed(study):
    arm = study.inputs.arm
    typed = np.arange(47) % 5 != 0
    hidden = replace(arm, truth=arm.truth._replace(typed=typed))
    inputs = study.inputs._replace(arm=hidden, neighbours=PAIRS)
    for scores in compare(NAMES, inputs).values():
        assert_array_equal(np.isneginf(scores), ~typed)


def test_compare__of_a_simulated_cohorts_decoys(key):
    cohort = simulate_cohort(key, 120, 60)
    arm = decoy_arm(cohort, permute_within_split(key, cohort.split))
    none = Neighbours(np.zeros(61, np.int64), np.zeros(0, np.int32), np.zeros(0))
    inputs = Inputs(arm, cohort.phenotype, cohort.split, none, key)
    for name, scores in compare(NAMES, inputs).items():
        assert scores.shape == (120,)
        assert (np.isfinite(scores) | (arm.encoding.scale == 0)).all()
        same = np.array_equal(scores[:60], scores[60:])
        assert same == (name in ("maf", "ld_score"))


def test_compare__reads_no_phenotype_of_test_people(study):
    split = study.inputs.split.copy()
    away = study.train[::3]
    split[away] = 2
    told = study.inputs.phenotype.copy()
    told[away] = 1e6
    inputs = study.inputs._replace(split=split, neighbours=PAIRS)
    first = compare(NAMES, inputs)
    second = compare(NAMES, inputs._replace(phenotype=told))
    for name in NAMES:
        assert_array_equal(first[name], second[name])


def test_compare__decoys_have_their_originals_ld_score(make_study, random_codes):
    codes = random_codes(40, 3)
    rows = np.random.default_rng(0).permutation(40)
    partner = np.array([-1, -1, -1, 0, 1, 2, -1], np.int32)
    kinds = ["real"] * 3 + ["decoy"] * 2 + ["knockoff", "additive"]
    inputs = make_study(
        [(codes, 2, None), (codes, 2, rows), (codes[:, :1], 2, None)],
        np.arange(40.0),
        kinds=kinds,
        partner=partner,
    ).inputs
    known = Neighbours(
        np.array([0, 0, 1, 2]), np.array([2, 1], np.int32), np.array([0.8, 0.8])
    )
    padded = known._replace(starts=np.append(known.starts, [2] * 4))
    for neighbours in (known, padded):
        found = compare(["ld_score"], inputs._replace(neighbours=neighbours))
        assert_allclose(found["ld_score"], [1, 1.8, 1.8, 1, 1.8, 1.8, 1])


@pytest.mark.parametrize("name", ["gwas", "gwas_genotypic", "ridge"])
@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"phenotype": np.ones(240)}, "phenotype: 1 for all"),
        ({"phenotype": np.full(240, np.nan)}, "phenotype: not finite for 180 of 180"),
        ({"phenotype": np.ones(239)}, r"phenotype: shape \(239,\)"),
        ({"split": np.ones(241, np.int8)}, r"split: shape \(241,\)"),
        ({"split": np.full(240, 2, np.int8)}, "split: 0 TRAIN people"),
    ],
)
def test_compare__raises_on_inputs(study, name, changes, message):
    with pytest.raises(ValueError, match=message):
        compare([name], study.inputs._replace(**changes))


@pytest.mark.parametrize("name", ["ridge", "elastic_net", "boosting"])
def test_compare__raises_without_validation_people(study, peer, name):
    peer("sklearn.linear_model")
    peer("lightgbm")
    split = np.full(240, TRAIN, np.int8)
    with pytest.raises(ValueError, match="split: 0 VALIDATION people"):
        compare([name], study.inputs._replace(split=split))


def test_compare__raises_on_names_and_missing_neighbours(study):
    with pytest.raises(ValueError, match=r"names: \['lasso'\]; expected some of"):
        compare(["gwas", "lasso"], study.inputs)
    with pytest.raises(ValueError, match="neighbours: None"):
        compare(["ld_score"], study.inputs)
