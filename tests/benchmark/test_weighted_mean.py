"""Weighted means by their formulas, and who is first."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.testing import assert_allclose, assert_array_equal

from gxjax.benchmark.weighted_mean import (
    arithmetic,
    first_share,
    geometric,
    harmonic,
    normalised,
    part_scores,
    places,
    tau_of,
)

_SHARES = hnp.arrays(np.float64, 3, elements=st.floats(0.01, 1))


def test_places__are_shared_and_nan_comes_last():
    values = np.array([[0.5, np.nan, 0.7, 0.5], [0.0, 0.0, -np.inf, np.nan]])
    assert_array_equal(places(values), [[2, 4, 1, 2], [1, 1, 3, 3]])


def test_first_share__is_split_where_columns_tie():
    values = np.array([[1.0, 1, 0, np.nan], [0, 2, 1, np.nan], [np.nan] * 4, [0] * 4])
    values[3, 3] = np.nan
    assert_allclose(first_share(values[[0, 1]]), [0.25, 0.75, 0, np.nan])
    assert_allclose(
        first_share(values), [(1 / 2 + 1 / 3) / 4, (3 / 2 + 1 / 3) / 4, 1 / 12, np.nan]
    )


def test_harmonic__agrees_with_its_formula():
    scores = np.array([[0.5, 0.2, 0.1], [0.5, 0, 0.1], [0.5, np.nan, 0.1]])
    found = harmonic(scores, np.array([0.5, 0.3, 0.2]))
    assert_allclose(found, [1 / (0.5 / 0.5 + 0.3 / 0.2 + 0.2 / 0.1), 0, np.nan])


@settings(max_examples=50, deadline=None)
@given(_SHARES, _SHARES)
def test_means__are_ordered_and_agree_where_all_are_equal(scores, weights):
    weights = normalised(weights)
    means = [mean(scores, weights) for mean in (harmonic, geometric, arithmetic)]
    bounds = [scores.min(), *means, scores.max()]
    assert (np.diff(bounds) > -1e-12).all()
    level = np.full(3, scores[0])
    assert_allclose([m(level, weights) for m in (harmonic, geometric)], scores[0])


def test_part_scores__by_hand():
    parts = np.array([[0.5, -0.1, 0.9], [0.2, 0.3, 0.0], [0.2, np.nan, np.nan]])
    expected = [[0.5, 0, 0.25], [0.2, 0.3, 1], [0.2, np.nan, np.nan]]
    assert_allclose(part_scores(parts, np.float64(0.45)), expected)
    none = part_scores(parts, np.float64(0))
    assert_allclose(none[:, 2], [0, 1, np.nan])


def test_tau_of__is_fixed_or_the_median_of_each_draw():
    rsd = np.array([[0.1, 0.2, 0.6, np.nan], [0.9, 0.2, 0.4, 0.1]])
    assert_allclose(tau_of("relative", rsd), [[0.2], [0.4]])
    assert_allclose(tau_of(0.3, rsd), [[0.3], [0.3]])
    assert np.isnan(tau_of("relative", rsd[:, 3:])).all()
    with pytest.raises(ValueError, match="tau: found -1"):
        tau_of(-1, rsd)


def test_normalised__sums_to_one():
    assert_allclose(normalised((2, 1, 1)), [0.5, 0.25, 0.25])
