"""Weights of a bootstrap: their sums, their variance, their names."""

import jax
import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy import stats

from gxjax.benchmark.bootstrap_weights import (
    counts,
    expanded_level,
    mean_one,
    shrinkage_of,
)

KEY = jax.random.key(2)


@pytest.mark.parametrize("count", [1, 2, 5, 30])
def test_mean_one__has_mean_one_and_variance_one(count):
    weights = mean_one(KEY, "test", count, 20_000)
    assert weights.shape == (20_000, count)
    assert (weights >= 0).all()
    assert_allclose(weights.mean(axis=1), 1)
    assert_allclose(weights.var(axis=0), count > 1, atol=0.07)


def test_mean_one__is_named_by_use_replicate_and_number():
    weights = mean_one(KEY, "test", 5, 10, 1)
    assert_array_equal(weights, mean_one(KEY, "test", 5, 10, 1))
    for other in (("test", 5, 10, 2), ("other", 5, 10, 1)):
        assert (mean_one(KEY, *other) != weights).any()


@pytest.mark.parametrize("count", [1, 2, 7, 11])
def test_counts__go_on_from_call_to_call(count, monkeypatch):
    whole = counts(np.random.default_rng(3), 20, count)
    monkeypatch.setattr("gxjax.benchmark.bootstrap_weights._COUNTS_IN_CACHE", 15)
    generator = np.random.default_rng(3)
    parts = [counts(generator, draws, count) for draws in (7, 13)]
    assert_array_equal(whole, np.concatenate(parts))
    assert (whole.sum(axis=1) == max(count - 1, 1)).all()


def test_shrinkage_of__is_what_units_do_not_explain():
    generator = np.random.default_rng(4)
    means = np.array([[0.0, 0.0, 0.0, np.nan], [2.0, 0.2, 0.0, 1.0]])
    drawn = means[:, None] + 0.5 * generator.normal(size=(2, 50_000, 4))
    found = shrinkage_of(means, drawn)
    assert_allclose(found, [np.sqrt(1 - 0.25 / 2), 0, 0, 0], rtol=0.01)


def test_expanded_level__puts_normal_percentiles_at_those_of_student():
    degrees = np.array([2.0, 4.0, np.inf])
    level = expanded_level(0.95, degrees)
    assert_allclose(level[2], 0.95)
    reached = stats.norm.ppf((1 + level) / 2)
    assert_allclose(reached, [4.303, 2.776, 1.960], atol=1e-3)
