"""Student's t over replicates, against scipy."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy import stats

from gxjax.benchmark.few_replicates import replicate_p, widened_interval


@pytest.mark.parametrize("replicates", [2, 3, 8])
def test_replicate_p__and_interval_are_those_of_a_t_test(replicates):
    figures = np.random.default_rng(replicates).normal(0.5, 1, (replicates, 4))
    peer = stats.ttest_1samp(figures, 0)
    value = figures.mean(axis=0)
    assert_allclose(replicate_p(value, figures), peer.pvalue)
    found = widened_interval(value, value, value, figures, level=0.9)
    assert_allclose(found, peer.confidence_interval(0.9))
    # What is wider already stays.
    wide = widened_interval(value - 99, value + 99, value, figures, level=0.9)
    assert_allclose(wide, [value - 99, value + 99])


def test_replicate_p__leaves_out_replicates_without_the_figure():
    figures = np.array([[1.0, 2.0, np.nan], [3.0, np.nan, np.nan], [4.0, np.nan, 1.0]])
    value = np.array([8 / 3, 2.0, 1.0])
    p = replicate_p(value, figures)
    assert_allclose(p, [stats.ttest_1samp(figures[:, 0], 0).pvalue, 0, 0])
    lower, upper = widened_interval(value, value, value, figures, level=0.95)
    assert lower[0] < value[0] < upper[0]
    assert_array_equal([lower[1:], upper[1:]], [value[1:]] * 2)


def test_replicate_p__has_no_say_of_one_replicate_or_of_those_that_agree():
    value = np.array([0.5, np.nan])
    for figures in (value[None], np.stack([value] * 3)):
        assert replicate_p(value, figures)[0] == 0
        found = widened_interval(value, value, value, figures, level=0.95)
        assert_array_equal(found, [value, value])
    found = widened_interval(value, value, value, None, level=0.95)
    assert_array_equal(found, [value, value])
