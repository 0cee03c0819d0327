"""The cut and the order of ties."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from numpy.testing import assert_array_equal

from gxjax.benchmark import count_at, order, rank_columns, ranks, top
from gxjax.types import Truth

COLUMNS = (("a", "none"), ("b", "none"))
SCORES = st.floats(width=32, allow_nan=False) | st.sampled_from([0.0, -0.0, 1.0])


def truth_of(count, typed=None):
    none = np.full(count, np.nan, np.float32)
    return Truth(np.zeros(count, np.int8), np.full(count, -1), none, none, typed)


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


@given(arrays.arrays(np.float32, st.integers(1, 40), elements=SCORES))
def test_order__is_the_same_of_float32_and_float64(scores):
    assert_array_equal(order(scores), order(scores.astype(np.float64)))


def test_rank_columns__ranks_every_member():
    values = np.random.default_rng(0).normal(size=(2, 3, 50)).astype(np.float32)
    found = rank_columns(values, COLUMNS, truth_of(50))
    assert found.typed == 50
    assert found.ranks.dtype == np.int32
    for at in np.ndindex(2, 3):
        assert_array_equal(found.ranks[at], ranks(values[at]))


def test_rank_columns__leaves_out_what_is_not_typed():
    typed = np.array([True, False, True, True])
    values = np.array([[[1.0, np.nan, 3.0, 2.0]], [[0.0, 9.0, 1.0, 2.0]]])
    calls = []
    found = rank_columns(
        values, COLUMNS, truth_of(4, typed), progress=lambda *each: calls.append(each)
    )
    assert found.typed == 3
    assert_array_equal(found.ranks[:, 0], [[2, 4, 0, 1], [2, 4, 1, 0]])
    assert calls[-1][:2] == (2, 2)


def test_rank_columns__raises_on_shapes_and_nothing_typed():
    with pytest.raises(ValueError, match=r"values: shape \(2, 4\)"):
        rank_columns(np.ones((2, 4)), COLUMNS, truth_of(4))
    with pytest.raises(ValueError, match="truth: no column is typed"):
        rank_columns(np.ones((2, 1, 4)), COLUMNS, truth_of(4, np.zeros(4, bool)))


def test_rank_columns__what_has_no_score_is_never_on_top():
    values = np.float32([[[-np.inf, 1, -np.inf, 2, 0]], [[-np.inf] * 5]])
    found = rank_columns(values, COLUMNS, truth_of(5))
    assert_array_equal(found.ranks[:, 0], [[5, 1, 5, 0, 2], [5] * 5])
    typed = np.array([True, False, True, True, True])
    found = rank_columns(values, COLUMNS, truth_of(5, typed))
    assert_array_equal(found.ranks[0, 0], [5, 5, 5, 0, 1])
