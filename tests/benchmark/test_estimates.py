"""What few units can show, and columns of estimates put together."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy.stats import binomtest

from gxjax.benchmark.estimates import (
    Estimate,
    concatenate,
    interval,
    least_p,
    paired_figures,
    take,
)


def _estimate(columns, units):
    samples = np.arange(10.0 * columns).reshape(10, columns)
    value = samples.mean(axis=0)
    return Estimate(value, value, value, value, value, samples, units)


@pytest.mark.parametrize("units", [1, 2, 5, 6, 20])
def test_least_p__is_that_of_a_sign_test(units):
    assert_allclose(least_p(units), binomtest(units, units).pvalue)


def test_least_p__of_what_is_not_of_units_is_0():
    assert least_p(np.inf) == 0
    assert Estimate(*_estimate(2, 3)[:6]).units == np.inf


@pytest.mark.parametrize(("units", "told"), [(1, False), (5, False), (6, True)])
def test_paired_figures__needs_six_units(units, told):
    drawn = np.full((999, 1), 0.5)
    lower, upper, p = paired_figures(np.array([0.5]), drawn, units)
    assert (lower > 0).tolist() == [told]
    assert_array_equal(upper, 0.5)
    assert (p < 0.05).tolist() == [told]
    assert_allclose(p, 2 / 2**units)
    # The other way round, and at a level that asks for less.
    lower, upper, _ = paired_figures(np.array([-0.5]), -drawn, units)
    assert ((upper < 0).tolist(), lower.tolist()) == ([told], [-0.5])
    assert paired_figures(np.array([0.5]), drawn, 5, 0.9)[0] > 0


def test_paired_figures__of_what_is_unknown_is_unknown():
    figures = paired_figures(np.array(np.nan), np.full(9, np.nan), 3)
    assert np.isnan(figures).all()


def test_concatenate__and_take_keep_the_units():
    whole = concatenate([_estimate(2, 9), _estimate(1, 4)])
    assert (whole.units, whole.samples.shape) == (4, (10, 3))
    part = take(whole, [2, 0])
    assert part.units == 4
    assert_array_equal(part.value, whole.value[[2, 0]])
    assert_array_equal(part.samples, whole.samples[:, [2, 0]])
    assert_allclose(interval(part.samples, 0.5)[0], np.quantile(part.samples, 0.25, 0))
