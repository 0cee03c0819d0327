"""The composite of two methods, by hand, and how sure its order is."""

import jax
import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy import stats

from gxjax.benchmark.comparison import comparisons_table
from gxjax.benchmark.composite import (
    Parts,
    composite_estimate,
    composite_published,
    composite_table,
)
from gxjax.benchmark.estimates import Estimate, interval
from gxjax.benchmark.weights import TAUS, random_composites

KEY = jax.random.key(0)
COLUMNS = [("a", "none"), ("b", "none")]


def _estimate(value, samples=None):
    value = np.asarray(value, np.float64)
    samples = np.tile(value, (20, 1)) if samples is None else np.asarray(samples)
    lower, upper = interval(samples)
    return Estimate(value, lower, upper, value, value, samples)


def _parts(precision=(0.25, -0.5), median=(0.45, 0.9), recall=(0.5, 0.5)):
    return Parts(_estimate(recall), _estimate(precision), _estimate(median))


def test_composite_table__is_the_geometric_mean():
    table = composite_table(_parts(), COLUMNS, KEY)
    assert table.columns.tolist() == [
        *("method", "noise", "value", "lower", "upper", "arithmetic", "harmonic"),
        *("recall", "precision", "stability", "median_rsd", "tau", "quantile"),
        *("rank", "first_share", "first_share_weights", "rank_lower", "rank_upper"),
    ]
    assert table.method.tolist() == ["a", "b"]
    assert table["rank"].tolist() == [1, 2]
    a, b = table.iloc[0], table.iloc[1]
    assert_allclose([a.recall, a.precision, a.stability], [0.5, 0.25, 0.5])
    assert_allclose([a.value, a.lower, a.upper], (0.5 * 0.25 * 0.5) ** (1 / 3))
    assert_allclose(a.arithmetic, 1.25 / 3)
    assert_allclose(a.harmonic, 3 / (2 + 4 + 2))
    # Negative precision counts as 0 but is shown as it is.
    assert_allclose([b.precision, b.value, b.harmonic], [-0.5, 0, 0])
    assert_allclose([b.stability, b.median_rsd, b.tau], [0.25, 0.9, 0.45])
    assert_allclose([a.first_share, b.first_share], [1, 0])
    assert_allclose([a.rank_lower, a.rank_upper, b.rank_lower], [1, 1, 2])
    assert (table["quantile"] == 0.98).all()


def test_composite_table__has_the_interval_of_its_draws():
    generator = np.random.default_rng(1)
    shared = generator.normal(0, 0.1, (400, 1))
    draws = [0.5 + shared + generator.normal(0, s, (400, 2)) for s in (0.01, 0.02, 0)]
    draws[0][:, 0] += 0.02
    values = [draw.mean(axis=0) for draw in draws]
    parts = Parts(*(_estimate(v, d) for v, d in zip(values, draws, strict=True)))
    table = composite_table(parts, COLUMNS, KEY).set_index("method")
    expected = np.cbrt(draws[0] * draws[1] * 2 ** (-draws[2] / 0.45))
    lower, upper = np.quantile(expected, [0.025, 0.975], axis=0)
    assert_allclose(table.lower[["a", "b"]], lower)
    assert_allclose(table.upper[["a", "b"]], upper)
    first = (expected[:, 0] > expected[:, 1]).mean()
    assert 0.5 < first < 1
    assert_allclose(table.first_share[["a", "b"]], [first, 1 - first])
    assert_allclose(table.rank_lower, 1)
    assert_allclose(table.rank_upper, 2)


def test_composite_table__takes_weights():
    parts = _parts(precision=(0.25, 0.1), median=(0.45, np.nan))
    table = composite_table(parts, COLUMNS, KEY, weights=(3, 1, 0))
    # Without weight, stability does not count, not even where it is unknown.
    assert_allclose(table.value, [0.5**0.75 * p**0.25 for p in (0.25, 0.1)])
    assert_allclose(table.arithmetic, [0.75 * 0.5 + 0.25 * p for p in (0.25, 0.1)])
    assert_allclose(table.harmonic, [1 / (1.5 + 0.25 / p) for p in (0.25, 0.1)])
    assert table.stability.isna().tolist() == [False, True]


def test_composite_published__has_a_relative_tau():
    table = composite_published(_parts(), COLUMNS, KEY)
    assert_allclose(table.tau, (0.45 + 0.9) / 2)
    assert_allclose(table.stability[0], 2 ** (-0.45 / 0.675))
    assert (table["quantile"] == 0.98).all()
    draws = np.array([[0.45, 0.9], [0.2, 0.4]])
    parts = _parts(precision=(0.5, 0.5))
    two = [_estimate([0.5, 0.5], np.full((2, 2), 0.5))] * 2
    parts = Parts(*two, _estimate([0.3, 0.6], draws))
    table = composite_published(parts, COLUMNS, KEY)
    # tau is relative in every draw, so both draws score alike.
    assert_allclose(table.lower, np.cbrt(0.25 * 2.0 ** -np.array([2 / 3, 4 / 3])))
    assert_allclose(table.lower, table.upper)


def test_composite_published__keeps_its_tau_under_random_weights():
    values = np.array([[0.4, 0.3, 0.2], [0.5, 0.4, 0.6]])
    parts = Parts(*(_estimate(part) for part in values.T))
    shares = {}
    for taus in ((0.4, 0.4), TAUS):
        drawn = random_composites(values, KEY, taus=taus)
        shares[taus] = (drawn[:, 0] > drawn[:, 1]).mean()
    published = composite_published(parts, COLUMNS, KEY).set_index("method")
    fixed = composite_table(parts, COLUMNS, KEY).set_index("method")
    assert_allclose(published.first_share_weights["a"], shares[0.4, 0.4])
    assert_allclose(fixed.first_share_weights["a"], shares[TAUS])
    assert shares[0.4, 0.4] != shares[TAUS]


def test_composite_table__one_member_ranks_last():
    parts = _parts((0.25, 0.1), (np.nan, 0.9))
    table = composite_table(parts, COLUMNS, KEY)
    assert table.method.tolist() == ["b", "a"]
    assert table["rank"].tolist() == [1, 2]
    unknown = table.iloc[1][
        ["value", "lower", "upper", "first_share", "first_share_weights", "rank_upper"]
    ]
    assert unknown.isna().all()
    assert table.first_share[0] == table.first_share_weights[0] == 1
    nothing = composite_published(_parts(median=(np.nan, np.nan)), COLUMNS, KEY)
    assert nothing.value.isna().all()
    assert nothing["rank"].tolist() == [1, 1]


def test_composite_table__unknown_draws_leave_the_value():
    parts = _parts((0.25, 0.1))
    rsd = parts.median_rsd._replace(samples=np.full((20, 2), np.nan))
    table = composite_table(parts._replace(median_rsd=rsd), COLUMNS, KEY)
    assert_allclose(table.value[0], (0.5 * 0.25 * 0.5) ** (1 / 3))
    assert table[["lower", "upper", "rank_lower", "first_share"]].isna().all().all()


def test_composite_table__perfect_stability_has_a_relative_tau_of_zero():
    table = composite_published(_parts((0.25, 0.1), (0.0, 0.0)), COLUMNS, KEY)
    assert_allclose(table.stability, 1)


def test_composite_table__is_the_same_again():
    first, second = (composite_table(_parts(), COLUMNS, KEY) for _ in range(2))
    pd.testing.assert_frame_equal(first, second)
    assert_array_equal(first["rank"].to_numpy().dtype, np.int64)


def test_composite_table__raises_on_what_does_not_fit():
    parts = _parts()
    with pytest.raises(ValueError, match="tau: found 0"):
        composite_table(parts, COLUMNS, KEY, tau=0)
    with pytest.raises(ValueError, match="tau: found 'median'"):
        composite_table(parts, COLUMNS, KEY, tau="median")
    with pytest.raises(ValueError, match="expected the same number of draws of 1"):
        composite_table(parts, COLUMNS[:1], KEY)
    short = parts._replace(recall=_estimate([0.5, 0.5], np.full((3, 2), 0.5)))
    with pytest.raises(ValueError, match="parts: draws of shape"):
        composite_table(short, COLUMNS, KEY)
    for weights in ((1, 1), (1, 1, -1), (0, 0, 0), (1, np.nan, 1)):
        with pytest.raises(ValueError, match="weights: found"):
            composite_table(parts, COLUMNS, KEY, weights=weights)


@pytest.mark.parametrize("tau", [0.45, "relative"])
def test_composite_estimate__is_what_the_table_shows(tau):
    generator = np.random.default_rng(2)
    draws = generator.uniform(0.2, 0.8, (3, 100, 2))
    parts = Parts(*(_estimate(each.mean(axis=0), each) for each in draws))
    parts = parts._replace(recall=parts.recall._replace(units=9))
    weights = (2, 1, 1)
    found = composite_estimate(parts, tau=tau, weights=weights)
    table = composite_table(parts, COLUMNS, KEY, tau=tau, weights=weights)
    table = table.set_index("method").loc[["a", "b"]]
    for name in ("value", "lower", "upper"):
        assert_array_equal(getattr(found, name), table[name])
    assert_allclose(
        (found.samples[:, 0] > found.samples[:, 1]).mean(), table.first_share["a"]
    )
    assert found.units == 9
    compared = comparisons_table({("composite", "all"): found}, COLUMNS)
    assert_allclose(compared.difference, found.value[0] - found.value[1])
    # What does not count has no say in the units, nor where it is unknown.
    rest = composite_estimate(parts, weights=(0, 1, 1))
    assert rest.units == np.inf
    short = parts._replace(recall=_estimate([0.5, 0.5]))
    with pytest.raises(ValueError, match="parts: draws of shape"):
        composite_estimate(short)


def test_composite_estimate__draws_of_parts_above_1_count_as_1():
    ones = _estimate([1, 1], np.full((20, 2), 1.2))
    found = composite_estimate(Parts(ones, ones, _estimate([0.0, 0.45])))
    assert_allclose(found.upper, [1, 0.5 ** (1 / 3)])


@pytest.mark.parametrize("tau", [0.45, "relative"])
def test_composite_estimate__is_as_unsure_as_few_replicates_are(tau):
    generator = np.random.default_rng(3)
    each = generator.uniform(0.3, 0.7, (3, 4, 2))
    parts = Parts(
        *(_estimate(part.mean(axis=0))._replace(by_replicate=part) for part in each)
    )
    found = composite_estimate(parts, tau=tau)
    halving = 0.45 if tau == 0.45 else np.median(each[2], axis=1, keepdims=True)
    own = np.cbrt(each[0] * each[1] * 2 ** (-each[2] / halving))
    assert_allclose(found.by_replicate, own)
    half = stats.t.ppf(0.975, 3) * own.std(axis=0, ddof=1) / 2
    assert_allclose(found.lower, np.maximum(found.value - half, 0))
    assert_allclose(found.upper, np.minimum(found.value + half, 1))
    compared = comparisons_table({("composite", "all"): found}, COLUMNS)
    apart = own[:, 0] - own[:, 1]
    half = stats.t.ppf(0.975, 3) * apart.std(ddof=1) / 2
    assert_allclose(compared["upper"] - compared["lower"], 2 * half)
    # Where one does not know its replicates nothing is known of the composite's, unless
    # it does not count.
    unknown = parts._replace(median_rsd=_estimate([0.5, 0.5]))
    assert composite_estimate(unknown, tau=tau).by_replicate is None
    rest = composite_estimate(unknown, tau=tau, weights=(1, 1, 0))
    assert_allclose(rest.by_replicate, np.sqrt(each[0] * each[1]))
