"""What few units can show: against scipy's exact tests, and by errors of a null."""

import jax
import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy import stats

from gxjax.benchmark.estimates import Estimate, take
from gxjax.benchmark.paired_differences import (
    least_p,
    paired_differences,
    sign_flip_p,
)
from gxjax.benchmark.resampling import SHARE, Ratio, estimate

ONE = np.array([[0]]), np.array([[1]])


def _estimate(first, drawn, units):
    value = np.array([first, 0.0])
    samples = np.stack([drawn, np.zeros(len(drawn))], axis=1)
    return Estimate(value, value, value, value, value, samples, units)


@pytest.mark.parametrize("units", [1, 2, 5, 6, 20])
def test_least_p__is_that_of_a_sign_test(units):
    assert_allclose(least_p(units), stats.binomtest(units, units).pvalue)


def test_least_p__of_what_is_not_of_units_is_0():
    assert least_p(np.inf) == 0
    assert _estimate(0, np.zeros(3), 3)._replace(units=np.inf).contributions is None


@pytest.mark.parametrize(("more", "fewer"), [(1, 0), (5, 0), (6, 1), (9, 4), (7, 7)])
def test_sign_flip_p__of_found_or_not_is_mcnemars(more, fewer):
    flips = np.repeat([0.1, -0.1, 0], [more, fewer, 30])
    peer = stats.binomtest(more, more + fewer).pvalue
    assert_allclose(sign_flip_p(flips), min(1, peer))


@pytest.mark.parametrize("units", [4, 9, 14])
def test_sign_flip_p__agrees_with_scipys_permutation_test(units):
    values = np.random.default_rng(units).normal(0.4, 1, units)
    peer = stats.permutation_test(
        (values,), np.sum, permutation_type="samples", n_resamples=np.inf
    )
    assert 0.001 < peer.pvalue < 0.9
    assert_allclose(sign_flip_p(values), peer.pvalue)


def test_sign_flip_p__of_many_of_none_and_of_what_is_unknown():
    assert sign_flip_p(np.full(15, 0.1)) == least_p(15)
    assert sign_flip_p(np.zeros(9)) == sign_flip_p(np.zeros(0)) == 1
    assert np.isnan(sign_flip_p(np.array([0.1, np.nan])))


@pytest.mark.parametrize(("units", "told"), [(1, False), (5, False), (6, True)])
def test_paired_differences__needs_six_units(units, told):
    one = _estimate(0.5, np.full(999, 0.5), units)
    for each in (
        one,
        one._replace(contributions=np.repeat([[0.5 / units], [0]], units, axis=1)),
    ):
        difference, lower, upper, p = paired_differences(each, *ONE)
        assert_array_equal(difference, 0.5)
        assert (lower > 0).tolist() == [told]
        assert_array_equal(upper, 0.5)
        assert (p < 0.05).tolist() == [told]
        assert_allclose(p, 2 / 2**units)
        # The other way round.
        _, lower, upper, _ = paired_differences(each, *ONE[::-1])
        assert ((upper < 0).tolist(), lower.tolist()) == ([told], [-0.5])
    # At a level that asks for less.
    few = one._replace(units=5)
    assert paired_differences(few, *ONE, level=0.9).lower > 0


def test_paired_differences__are_of_means_of_columns():
    drawn = np.random.default_rng(0).normal(0.3, 0.1, (200, 4))
    value = np.array([0.5, 0.3, 0.1, 0.3])
    one = Estimate(value, value, value, value, value, drawn, 40)
    found = paired_differences(one, np.array([[0, 1]]), np.array([[2, 3]]))
    assert_allclose(found.difference, 0.2)
    by_hand = drawn[:, :2].mean(axis=1) - drawn[:, 2:].mean(axis=1)
    assert_allclose(found.lower, np.quantile(by_hand, 0.025))
    assert_allclose(found.p, (1 + (np.abs(by_hand - 0.2) >= 0.2).sum()) / 201)


def test_paired_differences__of_what_is_unknown_is_unknown():
    one = _estimate(np.nan, np.full(9, np.nan), 3)
    assert np.isnan(np.stack(paired_differences(one, *ONE))).all()
    known = _estimate(0.5, np.full(9, 0.5), 3)
    unknown = known._replace(contributions=np.full((2, 3), np.nan))
    found = paired_differences(unknown, *ONE)
    assert np.isnan(found.p).all()
    assert (found.lower <= 0).all()


def test_paired_differences__of_no_pair():
    none = np.zeros((0, 1), np.int64)
    assert paired_differences(_estimate(0.5, np.ones(9), 3), none, none).p.size == 0


@pytest.mark.parametrize("units", [1, 2, 5, 7, 8, 10, 40])
def test_paired_differences__of_a_null_are_told_apart_no_more_than_said(units):
    generator = np.random.default_rng(units)
    sets = 200
    # Of 40 units few differ, as between columns that rank nearly alike.
    hit = generator.random((sets, 1, units)) < 0.5
    hit = np.stack([hit, hit ^ (generator.random(hit.shape) < 8 / max(16, units))], 1)
    ratio = Ratio(
        np.float32(hit.reshape(2 * sets, 1, units)), np.ones((1, 1, units), np.float32)
    )
    every = estimate([ratio], jax.random.key(0), draws=200)
    assert_allclose(every.contributions.sum(axis=1), every.value, atol=1e-12)
    found = paired_differences(
        every, *np.arange(2 * sets).reshape(sets, 2).T[:, :, None]
    )
    assert (found.p < 0.05).mean() <= (0 if units < 6 else 0.05)
    assert ((found.lower > 0) | (found.upper < 0)).mean() <= 0.05
    pair = take(every, [0, 1])
    assert_allclose(paired_differences(pair, *ONE).p, found.p[:1])


@pytest.mark.parametrize("replicates", [2, 3, 6])
def test_paired_differences__of_luck_in_few_replicates_are_told_apart_as_said(
    replicates,
):
    generator = np.random.default_rng(replicates)
    sets, members, units = 400, 3, 30
    ratios = []
    for _ in range(replicates):
        luck = generator.normal(0, 0.8, (2 * sets, 1, 1))
        skill = luck + generator.normal(0, 0.3, (2 * sets, members, 1))
        ease = skill + generator.normal(size=(1, 1, units))
        hit = generator.random(ease.shape) < 1 / (1 + np.exp(-ease))
        ones = np.ones((1, 1, units), np.float32)
        ratios.append(Ratio(hit.astype(np.float32), ones))
    every = estimate(ratios, jax.random.key(0), draws=200, bounds=SHARE)
    pairs = np.arange(2 * sets).reshape(sets, 2).T[:, :, None]
    found = paired_differences(every, *pairs)
    assert 0.01 < (found.p < 0.05).mean() <= 0.08
    assert ((found.lower > 0) | (found.upper < 0)).mean() <= 0.08
    # Each replicate's own differences are what decides.
    each = every.by_replicate[:, 0] - every.by_replicate[:, 1]
    assert_allclose(each.mean(), found.difference[0])
    assert found.p[0] > stats.ttest_1samp(each, 0).pvalue - 1e-12
    alone = paired_differences(every._replace(by_replicate=None), *pairs)
    assert (alone.p < 0.05).mean() > (found.p < 0.05).mean()
