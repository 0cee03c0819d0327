"""Empirical p-values by hand, by loops, and uniform where nothing is to be found."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from gxjax.benchmark.calibration import rejection_rate
from gxjax.benchmark.empirical_p import empirical_p, frequency_strata


def test_empirical_p__counts_the_pooled_null():
    scores = np.array([[3.0, 1.0, 2.0]])
    null = np.array([[[1.0, 2.0, 2.5], [0.0, 0.5, 1.5]]])
    # 0, 4 and 2 of the six null scores reach 3, 1 and 2.
    found = empirical_p(scores, null, scale="none")
    assert_allclose(found, [[1 / 7, 5 / 7, 3 / 7]])
    # Medians are 2, 2 and 0.5: the null is then 0.5, 1, 1.25, 0, 1 and 3, of which 1,
    # 5 and 4 reach 1.5, 0.5 and 1.
    assert_allclose(empirical_p(scores, null), [[2 / 7, 6 / 7, 5 / 7]])


def test_empirical_p__counts_ties_against_the_variant():
    same = np.ones((1, 4))
    assert_allclose(empirical_p(same, same[:, None]), np.ones((1, 4)))


def test_empirical_p__pools_within_strata():
    scores = np.array([[1.0, 1.0, 5.0]])
    null = np.array([[[2.0, 0.0, 9.0], [2.0, 0.0, 9.0]]])
    found = empirical_p(scores, null, strata=np.array([0, 1, -1]), scale="none")
    assert_allclose(found, [[1.0, 1 / 3, np.nan]])


@given(st.integers(0, 10_000), st.integers(1, 4), st.integers(1, 3))
def test_empirical_p__is_that_of_loops(seed, ensembles, bins):
    generator = np.random.default_rng(seed)
    scores = generator.integers(0, 6, (2, 12)).astype(np.float32)
    null = generator.integers(0, 6, (2, ensembles, 12)).astype(np.float32)
    strata = generator.integers(0, bins, 12)
    found = empirical_p(scores, null, strata=strata, scale="none")
    for c in range(2):
        for j in range(12):
            pool = [
                null[c, r, i]
                for r in range(ensembles)
                for i in range(12)
                if strata[i] == strata[j]
            ]
            reached = sum(value >= scores[c, j] for value in pool)
            assert found[c, j] == (1 + reached) / (1 + len(pool))


def common_factor(generator, simulations, ensembles, variants=200):
    """Null scores, each ensemble's times a factor of its own."""
    shape = (simulations, 1 + ensembles, variants)
    factor = np.exp(generator.normal(0, 0.5, (*shape[:2], 1)))
    return np.abs(generator.standard_normal(shape)) * factor


@pytest.mark.parametrize("scale", ["none", "median"])
def test_empirical_p__is_uniform_if_ensembles_share_a_scale(scale):
    generator = np.random.default_rng(3)
    drawn = np.abs(generator.standard_normal((200, 4, 200)))
    p = empirical_p(drawn[:, 0], drawn[:, 1:], scale=scale)
    for threshold in (0.01, 0.05, 0.5):
        rate = rejection_rate(p, threshold)
        assert rate.lower - 0.1 * threshold < threshold < rate.upper + 0.1 * threshold


def test_empirical_p__needs_a_scale_where_ensembles_differ_in_it():
    """With three null ensembles, a factor of their own makes small p-values common."""
    drawn = common_factor(np.random.default_rng(4), 200, 3)
    raw = rejection_rate(empirical_p(drawn[:, 0], drawn[:, 1:], scale="none"), 0.01)
    mended = rejection_rate(empirical_p(drawn[:, 0], drawn[:, 1:]), 0.01)
    assert raw.lower > 0.02
    assert mended.lower - 0.001 < 0.01 < mended.upper + 0.001


def test_empirical_p__is_exchangeable_in_a_common_factor():
    drawn = np.random.default_rng(5).random((2, 4, 30))
    factor = np.array([2.0, 8.0, 0.5])[None, :, None]
    first = empirical_p(drawn[:, 0], drawn[:, 1:])
    again = empirical_p(4 * drawn[:, 0], factor * drawn[:, 1:])
    assert_array_equal(first, again)


def test_empirical_p__does_not_scale_a_column_of_sparse_scores():
    drawn = np.random.default_rng(6).random((2, 3, 9))
    sparse = np.where(np.arange(9) < 3, drawn, 0)
    sparse[1, 0] += 1
    raw = empirical_p(sparse[:, 0], sparse[:, 1:], scale="none")
    found = empirical_p(sparse[:, 0], sparse[:, 1:])
    assert_array_equal(found[0], raw[0])
    assert_array_equal(found[1], raw[1])
    other = empirical_p(drawn[:, 0] * 4, drawn[:, 1:], scale="none")
    assert (empirical_p(drawn[:, 0] * 4, drawn[:, 1:]) != other).any()


@pytest.mark.parametrize(
    ("scores", "null", "options", "match"),
    [
        (np.ones((1, 3)), np.ones((1, 3)), {}, "null: shape"),
        (np.ones((1, 3)), np.ones((1, 0, 3)), {}, "null: shape"),
        (np.ones((1, 3)), np.ones((1, 2, 4)), {}, "null: shape"),
        (np.ones((1, 3)), np.ones((1, 1, 3)), {"strata": [0]}, "strata: shape"),
        (np.full((1, 3), np.nan), np.ones((1, 1, 3)), {}, "scores: 3 are NaN"),
        (np.ones((1, 3)), np.full((1, 1, 3), np.nan), {}, "null: 3 are NaN"),
        (np.ones((1, 3)), np.ones((1, 1, 3)), {"scale": "mean"}, "scale: found 'mean'"),
    ],
)
def test_empirical_p__raises(scores, null, options, match):
    with pytest.raises(ValueError, match=match):
        empirical_p(scores, null, **options)


def test_frequency_strata__are_of_one_size():
    maf = np.array([0.5, 0.1, 0.2, 0.3, np.nan, 0.4, 0.15])
    assert_array_equal(frequency_strata(maf, 3), [2, 0, 1, 1, -1, 2, 0])
    many = np.random.default_rng(0).random(1000)
    assert set(np.bincount(frequency_strata(many, 10))) == {100}


def test_frequency_strata__keep_equal_frequencies_together():
    assert len(set(frequency_strata(np.full(20, 0.25), 4))) == 1
    with pytest.raises(ValueError, match="bins: found 0"):
        frequency_strata(np.ones(3), 0)
