"""Relative standard deviations by hand, their intervals, and agreement of members."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy.stats import t

from gxjax.benchmark.jackknife import t_interval
from gxjax.benchmark.stability import (
    median_deviation,
    relative_standard_deviation,
    stability_samples,
    stability_table,
)


def test_relative_standard_deviation__divides_by_the_mean():
    values = np.array([[1.0, 2.0, 0.0], [3.0, 2.0, 0.0]], np.float32)
    # sd of 1, 3 with ddof 1 is sqrt(2), mean 2.
    assert_allclose(relative_standard_deviation(values), [np.sqrt(2) / 2, 0, np.nan])


def test_stability_table__summarises_over_variants():
    # Members 1 - d and 1 + d: RSD is d sqrt(2).
    d = np.array([0.0, 0.1, 0.2, 0.3, 0.8])
    values = np.stack([1 - d, 1 + d])
    values = np.concatenate([values, np.zeros((2, 1))], axis=1)[None]
    row = stability_table(values, (("saliency", "none"),)).iloc[0]
    root = np.sqrt(2)
    found = row[["mean", "median", "mad", "mad_normal", "q25", "q75", "iqr"]]
    expected = [0.28, 0.2, 0.1, 0.14826, 0.1, 0.3, 0.2]
    assert_allclose(found.astype(float) / root, expected)
    assert_allclose([row.p10 / root, row.p90 / root], [0.04, 0.6])
    assert (row.excluded, row.variants) == (1, 6)


def test_stability_table__is_nan_with_one_member():
    row = stability_table(np.ones((1, 1, 4)), (("a", "none"),)).iloc[0]
    assert np.isnan(row["median"])
    assert np.isnan(row["mad"])
    assert (row.excluded, row.variants) == (4, 4)


def test_stability_table__raises_on_shape():
    with pytest.raises(ValueError, match="values: shape"):
        stability_table(np.ones((2, 3, 4)), (("a", "none"),))


def scaled_members(generator, members, variants=200):
    """Members with a factor of their own, [2, M, V]; the second column is squared."""
    factor = np.exp(0.3 * generator.standard_normal((members, 1)))
    scores = factor * generator.gamma(4, 1, (members, variants))
    return np.stack([scores, scores**2])


COLUMNS = (("a", "none"), ("b", "none"))


def test_stability_table__has_the_jackknife_interval_of_the_median():
    values = scaled_members(np.random.default_rng(0), 5)

    def medians(values):
        return [np.median(relative_standard_deviation(scores)) for scores in values]

    leaves = np.array([medians(np.delete(values, m, axis=1)) for m in range(5)])
    error = np.sqrt(0.8 * ((leaves - leaves.mean(axis=0)) ** 2).sum(axis=0))
    table = stability_table(values, COLUMNS)
    assert_allclose(table["upper"] - table["median"], t(4).ppf(0.975) * error)
    assert_allclose(table["lower"], np.maximum(0, 2 * table["median"] - table["upper"]))


def test_median_deviation__interval_holds_the_mean_of_many_ensembles():
    generator = np.random.default_rng(1)
    found = [median_deviation(scaled_members(generator, 10)) for _ in range(200)]
    truth = np.mean([figures.value for figures in found], axis=0)
    ends = np.stack([t_interval(figures) for figures in found])
    held = ((ends[:, 0] <= truth) & (truth <= ends[:, 1])).mean(axis=0)
    assert (held >= 0.9).all()


def test_stability_table__compares_members():
    values = scaled_members(np.random.default_rng(2), 4)
    table = stability_table(values, COLUMNS, quantile=0.9)
    names = ("spearman", "jaccard", "nogueira")
    for name in names:
        assert (table[f"{name}_lower"] <= table[name]).all()
        assert (table[name] <= table[f"{name}_upper"]).all()
    # Squaring keeps every rank, and so all three.
    assert_allclose(*table[list(names)].to_numpy())
    assert (table["top"] == 20).all()
    order = [*names, *(f"{name}_{end}" for name in names for end in ("lower", "upper"))]
    assert set(order) < set(table)


def test_stability_table__is_the_mean_over_replicates():
    generator = np.random.default_rng(3)
    replicates = [scaled_members(generator, members) for members in (3, 4)]
    table = stability_table(replicates, COLUMNS)
    alone = [stability_table(values, COLUMNS) for values in replicates]
    for name in ("median", "iqr", "spearman", "jaccard", "nogueira"):
        assert_allclose(table[name], (alone[0][name] + alone[1][name]) / 2)
    assert (table["variants"] == 400).all()
    with pytest.raises(ValueError, match="replicates: found none"):
        stability_table([], COLUMNS)


def test_stability_samples__are_paired_draws_of_the_median(key):
    values = scaled_members(np.random.default_rng(4), 6)
    table = stability_table(values, COLUMNS)
    found = stability_samples(values, key, draws=20_000)
    assert_allclose(found.value, table["median"])
    assert_allclose([found.lower, found.upper], table[["lower", "upper"]].T)
    assert found.samples.shape == (20_000, 2)
    drawn = np.quantile(found.samples, [0.025, 0.975], axis=0)
    assert_allclose(drawn, [found.lower, found.upper], atol=0.03)
    assert np.corrcoef(found.samples.T)[0, 1] > 0.8
    again = stability_samples([values], key, draws=20_000)
    assert_array_equal(again.samples, found.samples)


def test_stability_samples__of_replicates_have_their_range(key):
    generator = np.random.default_rng(5)
    replicates = [scaled_members(generator, 3) for _ in range(3)]
    alone = np.stack([stability_samples(v, key).value for v in replicates])
    found = stability_samples(replicates, key)
    assert_allclose(found.by_replicate, alone)
    assert_allclose(found.value, alone.mean(axis=0))
    assert_array_equal([found.least, found.greatest], [alone.min(0), alone.max(0)])


def test_stability_samples__are_unknown_for_two_members(key):
    found = stability_samples(np.ones((1, 2, 3)), key, draws=4)
    assert np.isnan(found.samples).all()
    assert np.isnan([found.lower, found.upper]).all()
    assert found.value == 0


def test_stability_table__stays_within_what_can_be():
    values = np.random.default_rng(6).random((1, 3, 60))
    rows = [
        stability_table(np.roll(values, shift, axis=2)[:, :, :30], COLUMNS[:1])
        for shift in range(8)
    ]
    for row in rows:
        assert (row[["spearman_lower", "nogueira_lower"]] >= -1).all().all()
        assert (row["jaccard_lower"] >= 0).all()
    assert any((row["jaccard_lower"] == 0).all() for row in rows)
    two = stability_table(values[:, :2], COLUMNS[:1])
    assert two[["nogueira_lower", "nogueira_upper", "jaccard_lower"]].isna().all().all()
