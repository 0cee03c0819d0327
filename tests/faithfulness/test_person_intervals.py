import jax
import numpy as np
import pytest
from scipy import stats

from gxjax.faithfulness.intervals import mean_interval


def test_mean_interval__value_is_the_mean_of_members_shares(key):
    top = np.array([[[1.0, 2, 3], [4, 5, 6]]])
    below = np.array([[1.0, 1, 2], [2, 2, 1]])
    found = mean_interval(top, below, key)
    assert found.value == pytest.approx([(6 / 4 + 15 / 5) / 2])
    assert found.lower[0] < found.value[0] < found.upper[0]


def test_mean_interval__of_one_member_is_near_that_of_students_t(key):
    values = np.random.default_rng(0).normal(3, 2, 200)
    found = mean_interval(values[None], 1, key)
    ends = stats.t.interval(0.95, 199, values.mean(), stats.sem(values))
    assert found.value == pytest.approx(values.mean())
    assert (found.lower, found.upper) == pytest.approx(ends, abs=0.05)


def test_mean_interval__columns_are_paired(key):
    values = np.random.default_rng(0).normal(size=(1, 4, 30))
    first = mean_interval(values, 1, key)
    second = mean_interval(np.concatenate([values + 1, values]), 1, key)
    assert second.lower == pytest.approx([first.lower[0] + 1, first.lower[0]])


def test_mean_interval__of_one_member_and_unit_is_the_value(key):
    found = mean_interval(np.array([[3.0]]), 2, key)
    assert found == pytest.approx((1.5, 1.5, 1.5))


def test_mean_interval__is_nan_where_there_is_nothing_to_share(key):
    top = np.array([[[0.0, 0.0]], [[np.nan, 1.0]], [[1.0, 1.0]]])
    below = np.array([[[0.0, 0.0]], [[1.0, 1.0]], [[1.0, 1.0]]])
    found = np.stack(mean_interval(top, below, key))
    assert np.isnan(found[:, :2]).all()
    assert np.array_equal(found[:, 2], np.ones(3))


def test_mean_interval__raises_without_units():
    with pytest.raises(ValueError, match="none 0"):
        mean_interval(np.zeros((3, 0)), 1, jax.random.key(0))
