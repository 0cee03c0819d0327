"""The jackknife beside closed forms, and its draws."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.stats import t

from gxjax.benchmark.jackknife import (
    Jackknife,
    combine,
    difference,
    jackknife,
    samples,
    t_interval,
)


def of_means(x):
    """The jackknife of the mean of x [M, C]."""
    count = len(x)
    return jackknife(x.mean(axis=0), (x.sum(axis=0) - x) / (count - 1))


def test_jackknife__of_a_mean_is_the_covariance_of_the_mean():
    x = np.random.default_rng(0).standard_normal((8, 3))
    found = of_means(x)
    assert_allclose(found.root.T @ found.root, np.cov(x.T) / 8)
    lower, upper = t_interval(found)
    expected = t(7, x.mean(axis=0), x.std(axis=0, ddof=1) / np.sqrt(8)).interval(0.95)
    assert_allclose([lower, upper], expected)


def test_jackknife__is_unknown_for_two_members(key):
    found = of_means(np.ones((2, 3)))
    assert np.isnan(t_interval(found)).all()
    assert np.isnan(samples(found, key, 5)).all()


def test_combine__adds_the_spread_between_replicates():
    parts = [of_means(np.random.default_rng(i).random((5, 2))) for i in range(4)]
    found = combine(parts)
    values = np.stack([part.value for part in parts])
    within = np.mean([part.root.T @ part.root for part in parts], axis=0)
    assert_allclose(found.value, values.mean(axis=0))
    assert_allclose(found.root.T @ found.root, (within + np.cov(values.T)) / 4)
    assert found.degrees == 4 * 4 + 3
    assert combine(parts[:1]) is parts[0]


def test_combine__of_pairs_of_members_knows_the_spread_between():
    parts = [of_means(np.random.default_rng(i).random((2, 2))) for i in range(4)]
    found = combine(parts)
    values = np.stack([part.value for part in parts])
    assert_allclose(found.root.T @ found.root, np.cov(values.T) / 4)
    assert found.degrees == 3


def test_difference__adds_variances():
    first, second = (of_means(np.random.default_rng(i).random((6, 1))) for i in (0, 1))
    found = difference(first, second)
    assert_allclose(found.value, first.value - second.value)
    assert_allclose(
        (found.root**2).sum(), sum((p.root**2).sum() for p in (first, second))
    )


@pytest.mark.parametrize("degrees", [5, np.inf])
def test_samples__have_the_covariance_and_the_interval(key, degrees):
    root = np.array([[1.0, 0.9], [0.2, -0.1], [0.0, 0.3]])
    figures = Jackknife(np.array([1.0, 2.0]), root, degrees)
    drawn = samples(figures, key, 40_000)
    wider = degrees / (degrees - 2) if np.isfinite(degrees) else 1
    assert_allclose(np.cov(drawn.T), root.T @ root * wider, rtol=0.05)
    ends = np.quantile(drawn, [0.025, 0.975], axis=0)
    assert_allclose(ends, t_interval(figures), atol=0.06)
    # Columns are paired: their difference varies less than either of them.
    assert drawn.std(axis=0).min() > 2 * (drawn[:, 0] - drawn[:, 1]).std()
