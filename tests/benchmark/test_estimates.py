"""Columns of estimates put together and taken apart."""

import numpy as np
from numpy.testing import assert_allclose, assert_array_equal

from gxjax.benchmark.estimates import (
    Estimate,
    concatenate,
    interval,
    take,
)


def _estimate(columns, units):
    samples = np.arange(10.0 * columns).reshape(10, columns)
    value = samples.mean(axis=0)
    return Estimate(value, value, value, value, value, samples, units)


def test_concatenate__and_take_keep_the_units():
    whole = concatenate([_estimate(2, 9), _estimate(1, 4)])
    assert (whole.units, whole.samples.shape) == (4, (10, 3))
    part = take(whole, [2, 0])
    assert part.units == 4
    assert_array_equal(part.value, whole.value[[2, 0]])
    assert_array_equal(part.samples, whole.samples[:, [2, 0]])
    assert_allclose(interval(part.samples, 0.5)[0], np.quantile(part.samples, 0.25, 0))


def test_concatenate__keeps_contributions_that_all_have():
    one, other = (
        _estimate(count, 4)._replace(contributions=np.full((count, 4), count))
        for count in (2, 1)
    )
    whole = concatenate([one, other])
    assert_array_equal(whole.contributions, [[2] * 4, [2] * 4, [1] * 4])
    assert_array_equal(take(whole, [2, 0]).contributions, [[1] * 4, [2] * 4])
    assert concatenate([one, _estimate(1, 4)]).contributions is None
    assert concatenate([one, _estimate(1, 4)]).by_replicate is None
    fewer = other._replace(contributions=np.ones((1, 3)))
    assert concatenate([one, fewer]).contributions is None


def test_concatenate__keeps_figures_by_replicate_that_all_have():
    one, other = (
        _estimate(count, 4)._replace(by_replicate=np.full((3, count), count))
        for count in (2, 1)
    )
    whole = concatenate([one, other])
    assert_array_equal(whole.by_replicate, [[2, 2, 1]] * 3)
    assert_array_equal(take(whole, [2, 0]).by_replicate, [[1, 2]] * 3)
    more = other._replace(by_replicate=np.ones((4, 1)))
    assert concatenate([one, more]).by_replicate is None
