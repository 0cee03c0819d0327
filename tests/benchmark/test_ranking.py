"""The cut and the order of ties."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from gxjax.benchmark import count_at, ranks, top


@pytest.mark.parametrize(
    ("quantile", "variants", "k"),
    [
        (0.99, 1000, 10),
        (0.98, 25, 1),  # 0.5 rounds up, not to even
        (0.99, 50, 1),  # 0.5, though 1 - 0.99 is a little more than 0.01
        (0.90, 25, 3),  # 2.5 rounds up
        (0.99, 3, 1),  # never empty
        (0.0, 7, 7),
    ],
)
def test_count_at__rounds_halves_up(quantile, variants, k):
    assert count_at(quantile, variants) == k


@pytest.mark.parametrize("quantile", [1.0, -0.1, 98])
def test_count_at__raises_out_of_range(quantile):
    with pytest.raises(ValueError, match="quantile: found"):
        count_at(quantile, 10)


def test_top__is_highest_first():
    assert_array_equal(top(np.array([0.1, 3.0, -np.inf, 2.0]), 3), [1, 3, 0])
    assert_array_equal(ranks(np.array([0.1, 3.0, -np.inf, 2.0])), [2, 0, 3, 1])


def test_top__favours_no_block_among_ties():
    tied = np.zeros(2000)
    first = top(tied, 1000)
    assert 0.45 < (first < 1000).mean() < 0.55
    assert_array_equal(first, top(tied, 1000))


def test_top__ties_do_not_outrank_scores():
    scores = np.r_[np.zeros(50), 1.0, np.zeros(50)]
    assert top(scores, 1)[0] == 50


def test_top__raises_on_nan():
    with pytest.raises(ValueError, match="2 of 3 are NaN"):
        top(np.array([np.nan, 1.0, np.nan]), 1)
