"""Friedman and Nemenyi: against Demsar's tables and example, and scipy."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy import stats

from gxjax.benchmark.rank_test import (
    case_values,
    critical_difference,
    ranks_table,
    similar_groups,
)
from gxjax.benchmark.resampling import Ratio

COLUMNS = [(name, "none") for name in "abcd"]

# Demsar (2006), Table 6: AUC of C4.5 and three of its variants on 14 data sets.
AUC = np.array(
    [
        [0.763, 0.768, 0.771, 0.798],
        [0.599, 0.591, 0.590, 0.569],
        [0.954, 0.971, 0.968, 0.967],
        [0.628, 0.661, 0.654, 0.657],
        [0.882, 0.888, 0.886, 0.898],
        [0.936, 0.931, 0.916, 0.931],
        [0.661, 0.668, 0.609, 0.685],
        [0.583, 0.583, 0.563, 0.625],
        [0.775, 0.838, 0.866, 0.875],
        [1.000, 1.000, 1.000, 1.000],
        [0.940, 0.962, 0.965, 0.962],
        [0.619, 0.666, 0.614, 0.669],
        [0.972, 0.981, 0.9751, 0.975],
        [0.957, 0.978, 0.946, 0.970],
    ]
)


def test_ranks_table__is_the_published_example():
    table = ranks_table({"auc": AUC}, COLUMNS).set_index("method")
    assert_allclose(
        table.mean_rank[list("abcd")], [3.143, 2.000, 2.893, 1.964], atol=1e-3
    )
    assert table.index[0] == "d"
    assert (table.cases == 14).all()
    assert_allclose(table.critical_difference, 2.569 * np.sqrt(20 / 84), rtol=1e-3)
    assert_allclose(table.friedman_p, stats.friedmanchisquare(*AUC.T).pvalue)


@pytest.mark.parametrize(
    ("columns", "alpha", "quantile"),
    [(2, 0.05, 1.960), (5, 0.05, 2.728), (10, 0.05, 3.164), (7, 0.10, 2.693)],
)
def test_critical_difference__has_the_published_quantiles(columns, alpha, quantile):
    expected = quantile * np.sqrt(columns * (columns + 1) / 60)
    assert_allclose(critical_difference(columns, 10, alpha), expected, rtol=1e-3)


def test_similar_groups__are_the_largest_runs():
    ranks = np.array([3.0, 1.0, 1.6, np.nan, 2.4])
    assert similar_groups(ranks, 1.0) == [(1, 2), (2, 4), (4, 0)]
    assert similar_groups(ranks, 1.5) == [(1, 2, 4), (2, 4, 0)]
    assert similar_groups(ranks, 2.0) == [(1, 2, 4, 0)]
    assert similar_groups(ranks, 0.1) == []


def test_ranks_table__leaves_out_what_is_unknown():
    values = AUC.copy()
    values[3, 1] = np.nan
    table = ranks_table({"auc": values}, COLUMNS)
    others = ranks_table({"auc": AUC[:, [0, 2, 3]]}, [COLUMNS[c] for c in (0, 2, 3)])
    assert table.method.tolist()[-1] == "b"
    assert_array_equal(table.mean_rank[:3], others.mean_rank)
    assert_array_equal(table.friedman_p[:3], others.friedman_p)


def test_ranks_table__says_nothing_of_two_columns_one_case_or_ties():
    assert ranks_table({"x": AUC[:, :2]}, COLUMNS[:2]).friedman_p.isna().all()
    assert ranks_table({"x": AUC[:1]}, COLUMNS).friedman_p.isna().all()
    ties = ranks_table({"x": np.ones((5, 4))}, COLUMNS)
    assert (ties.friedman_p == 1).all()
    assert (ties.mean_rank == 2.5).all()
    lone = ranks_table({"x": AUC[:, :1]}, COLUMNS[:1])
    assert lone.critical_difference.isna().all()
    assert len(ranks_table({}, COLUMNS)) == 0


def test_ranks_table__goes_over_metrics():
    table = ranks_table({"auc": AUC, "loss": -AUC}, COLUMNS)
    assert table.metric.tolist() == ["auc"] * 4 + ["loss"] * 4
    assert table.method[0] == "d"
    assert table.method[4] == "a"


def test_case_values__one_per_replicate_or_member():
    hits = np.float32(np.arange(24).reshape(2, 3, 4) % 5 == 0)
    one = np.ones((1, 1, 4), np.float32)
    first, second = Ratio(hits, one), Ratio(hits[:, :2], one)
    assert_allclose(
        case_values([first, second]), [hits.mean((1, 2)), hits[:, :2].mean((1, 2))]
    )
    members = case_values([first, second], members=True)
    assert members.shape == (5, 2)
    assert_allclose(members[3:], hits[:, :2].mean(axis=2).T)


def test_ranks_table__raises_on_what_does_not_fit():
    with pytest.raises(ValueError, match=r"auc has shape \(14, 4\); expected"):
        ranks_table({"auc": AUC}, COLUMNS[:2])
    with pytest.raises(ValueError, match="alpha: found 5"):
        ranks_table({"auc": AUC}, COLUMNS, alpha=5)
