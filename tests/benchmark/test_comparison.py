"""Paired comparisons: against the plain formula, statsmodels, and by their errors."""

import jax
import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy import stats
from statsmodels.stats.multitest import multipletests

from gxjax.benchmark.comparison import comparisons_table, holm, least_draws
from gxjax.benchmark.estimates import Estimate, take
from gxjax.benchmark.resampling import Ratio, estimate

COLUMNS = [("a", "none"), ("a", "smoothgrad"), ("gwas", "none")]


def _estimate(value, samples):
    value, samples = np.asarray(value, np.float64), np.asarray(samples, np.float64)
    return Estimate(value, value, value, value, value, samples)


def _of(estimate, **options):
    return comparisons_table({("recall", "all"): estimate}, COLUMNS, **options)


def test_comparisons_table__by_hand():
    drawn = np.array([[0.5, 0.3, 0.1], [0.4, 0.3, 0.1], [0.1, 0.4, 0.1]])
    table = _of(_estimate([0.5, 0.3, 0.1], drawn))
    assert table.columns.tolist() == [
        *("metric", "effect", "first_method", "first_noise", "second_method"),
        *("second_noise", "difference", "lower", "upper", "p", "p_holm"),
    ]
    assert table.metric.tolist() == ["recall"] * 3
    assert table.first_noise.tolist() == ["none", "none", "smoothgrad"]
    assert table.second_method.tolist() == ["a", "gwas", "gwas"]
    assert_allclose(table.difference, [0.2, 0.4, 0.2])
    # Draws of the first pair: 0.2, 0.1, -0.3; from 0.2 only the last is 0.2 away.
    assert_allclose(table.p[0], (1 + 1) / (1 + 3))
    assert_allclose(table.lower[0], np.quantile([0.2, 0.1, -0.3], 0.025))
    assert_allclose(table.p[1:], [2 / 4, 1 / 4])
    assert_allclose(table.p_holm, [1, 1, 0.75])


def test_comparisons_table__agrees_with_a_paired_t_test():
    generator = np.random.default_rng(1)
    skill = generator.normal(size=200)
    values = [
        skill + generator.normal(0.3, 1, 200),
        skill + generator.normal(size=200),
    ]
    numerator = np.float32(np.stack(values))[:, None]
    ratio = Ratio(numerator, np.ones((1, 1, 200), np.float32))
    result = estimate([ratio], jax.random.key(0), draws=20_000)
    table = comparisons_table({("recall", "all"): result}, COLUMNS[:2])
    peer = stats.ttest_rel(*values)
    assert 0.001 < peer.pvalue < 0.5
    assert_allclose(table.p, peer.pvalue, rtol=0.15)
    ends = peer.confidence_interval()
    assert_allclose([table.lower[0], table.upper[0]], [ends.low, ends.high], atol=0.01)


def test_comparisons_table__rejects_a_true_null_about_as_often_as_it_says():
    generator = np.random.default_rng(2)
    sets = 300
    ease = np.repeat(generator.normal(size=(sets, 1, 60)), 2, axis=0)
    hit = np.float32(ease + generator.normal(size=(2 * sets, 1, 60)) > 0)
    ratio = Ratio(hit, np.ones((1, 1, 60), np.float32))
    every = estimate([ratio], jax.random.key(0), draws=200)
    pairs = {("recall", f"{n}"): take(every, [2 * n, 2 * n + 1]) for n in range(sets)}
    table = comparisons_table(pairs, COLUMNS[:2])
    assert len(table) == sets
    assert 0.05 <= (table.p <= 0.1).mean() <= 0.15


def test_comparisons_table__equal_columns_do_not_differ():
    drawn = np.random.default_rng(3).normal(size=(50, 1)) * [1, 1, 1]
    table = _of(_estimate([0.2, 0.2, 0.2], drawn))
    assert (table.p == 1).all()
    assert (table.lower == 0).all()


def test_comparisons_table__compares_with_one_reference():
    drawn = np.random.default_rng(4).normal(0.2, 0.1, size=(50, 3))
    table = _of(_estimate([0.2, 0.1, 0.3], drawn), reference=("gwas", "none"))
    assert table.first_method.tolist() == ["a", "a"]
    assert (table.second_method == "gwas").all()
    assert_allclose(table.difference, [-0.1, -0.2])


def test_comparisons_table__a_nan_is_no_part_of_the_correction():
    drawn = np.random.default_rng(5).normal(0, 0.1, size=(50, 3))
    drawn += np.array([1, 0, np.nan])
    table = _of(_estimate([1, 0, np.nan], drawn))
    assert table.p.isna().tolist() == [False, True, True]
    assert table.p_holm[0] == table.p[0] == 1 / 51


def test_comparisons_table__corrects_within_each_figure():
    drawn = np.random.default_rng(6).normal(0.2, 0.1, size=(50, 3))
    one = _estimate([0.2, 0.1, 0.3], drawn)
    both = comparisons_table({("recall", "all"): one, ("recall", "x"): one}, COLUMNS)
    assert_allclose(both.p_holm[:3], both.p_holm[3:])
    assert both.effect.tolist() == ["all"] * 3 + ["x"] * 3
    assert_allclose(both.p_holm[:3], multipletests(both.p[:3], method="holm")[1])
    assert len(comparisons_table({}, COLUMNS)) == 0


def test_comparisons_table__raises_on_what_does_not_fit():
    one = _estimate([0.2, 0.1], np.zeros((5, 2)))
    with pytest.raises(ValueError, match="recall of all has 2 columns; expected 3"):
        _of(one)
    with pytest.raises(ValueError, match="reference: found"):
        _of(one, reference=("ridge", "none"))


@pytest.mark.parametrize("count", [1, 2, 7, 40])
def test_holm__agrees_with_statsmodels(count):
    p = np.random.default_rng(count).uniform(0, 0.2, count)
    p[-1] = p[0]
    assert_allclose(holm(p), multipletests(p, method="holm")[1])
    with_nan = holm(np.insert(p, 1, np.nan))
    assert np.isnan(with_nan[1])
    assert_allclose(np.delete(with_nan, 1), holm(p))


def test_least_draws__let_one_pair_reach_the_level():
    draws = least_draws(4)
    assert draws == 120
    assert 6 / (1 + draws) <= 0.05 < 6 / (draws - 1)


@pytest.mark.parametrize("replicates", [1, 2])
def test_comparisons_table__one_unit_shows_nothing(replicates):
    hit = np.float32([1, 0, 0]).reshape(3, 1, 1)
    ratios = [Ratio(hit, np.ones((1, 1, 1), np.float32))] * replicates
    table = _of(estimate(ratios, jax.random.key(0)))
    assert_allclose(table.difference, [1, 1, 0])
    assert_allclose(table.p, [1 / replicates] * 2 + [1])
    assert (table.lower <= 0).all()
