"""Intervals of what is found always or never: against scipy, and by coverage."""

import jax
import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy import stats

from gxjax.benchmark.all_or_none import effective_units, widened_ends
from gxjax.benchmark.resampling import SHARE, Ratio, estimate

PRECISION = (-np.inf, 1.0)


def test_effective_units__of_blocks_that_count_alike_are_their_number():
    alike = np.zeros((2, 3, 9), np.float32)
    alike[0, :, :4] = 5
    assert_allclose(effective_units([alike]), [4, 0])
    assert_allclose(effective_units([alike, np.ones((1, 1, 3), np.float32)]), [7, 3])
    # Two members: 1 + 3 of 4, squares 1 + 9; 4 in one block.
    uneven = np.array([[[1, 3], [0, 4]]], np.float32)
    assert_allclose(effective_units([uneven]), [(16 / 10 + 1) / 2])


@pytest.mark.parametrize("units", [1, 6, 40])
def test_widened_ends__are_clopper_and_pearsons(units):
    exact = stats.binomtest(0, units).proportion_ci(method="exact")
    value = np.array([0.0, 1.0, 0.5])
    ends = widened_ends(value, value, value, np.array(units), level=0.95, bounds=SHARE)
    assert_allclose(ends[0], [0, 1 - exact.high, 0.5])
    assert_allclose(ends[1], [exact.high, 1, 0.5])
    # Precision: 1 less the odds of a null among the top.
    ends = widened_ends(
        value, value, value, np.array(units), level=0.95, bounds=PRECISION
    )
    assert_allclose(ends[0], [0, 1 - exact.high / (1 - exact.high), 0.5])
    assert_array_equal(ends[1], value)


def test_widened_ends__of_nothing_counted_are_the_bounds():
    value, none = np.array([0.0, 1.0]), np.zeros(2)
    ends = widened_ends(value, value, value, none, level=0.95, bounds=SHARE)
    assert_array_equal(ends, [[0, 0], [1, 1]])
    ends = widened_ends(value, value, value, none, level=0.95, bounds=PRECISION)
    assert_array_equal(ends, [[0, -np.inf], [0, 1]])
    free = (-np.inf, np.inf)
    ends = widened_ends(value, value, value, none, level=0.95, bounds=free)
    assert_array_equal(ends, [value, value])


@pytest.mark.parametrize("share", [0.5, 0.9, 0.95])
@pytest.mark.parametrize("bounds", [SHARE, PRECISION])
@pytest.mark.parametrize("found", [5, 10, 20])
def test_estimate__of_what_few_blocks_hold_covers_the_truth(share, bounds, found):
    generator = np.random.default_rng(found)
    sets, blocks = 300, 100
    right, loci = np.zeros((2, sets, 1, blocks), np.float32)
    for each in range(sets):
        at = generator.integers(blocks, size=found)
        np.add.at(loci[each, 0], at, 1)
        np.add.at(right[each, 0], at[generator.random(found) < share], 1)
    ratio, truth = Ratio(right, loci), share
    if bounds == PRECISION:
        ratio, truth = Ratio(2 * right - loci, right), 1 - (1 - share) / share
    one = estimate([ratio], jax.random.key(1), draws=400, bounds=bounds)
    held = (one.lower <= truth + 1e-9) & (truth - 1e-9 <= one.upper)
    assert held.mean() > 0.92


def test_estimate__leaves_out_draws_without_anything_to_count():
    # Three of 20 blocks hold a locus, all right; in the second column one is wrong.
    loci, right = np.zeros((2, 2, 2, 20), np.float32)
    loci[:, :, [3, 8, 15]] = right[:, :, [3, 8, 15]] = 1
    right[1, :, 3] = 0
    drawn = estimate([Ratio(right, loci)], jax.random.key(3), draws=5000).samples
    # 1 of 20 draws holds none of three blocks; they are no share of 0.
    assert_array_equal(drawn[:, 0], 1)
    # Of one column it is what that column alone has.
    alone = estimate([Ratio(right[1:], loci[1:])], jax.random.key(3), draws=5000)
    assert_array_equal(alone.samples[:, 0], drawn[:, 1])
    # Given how many blocks are drawn, the share of right ones is 2 / 3 on average.
    assert_allclose(drawn[:, 1].mean(), 2 / 3, atol=0.03)
    nothing = estimate(
        [Ratio(right, np.zeros_like(loci))], jax.random.key(3), bounds=SHARE
    )
    assert_array_equal(nothing.value, 0)
    assert_array_equal([nothing.lower, nothing.upper], [[0, 0], [1, 1]])
