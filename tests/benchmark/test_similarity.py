"""Spearman, Jaccard and Nogueira's index beside scipy and naive loops."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from scipy.stats import spearmanr

from gxjax.benchmark.jackknife import t_interval
from gxjax.benchmark.ranking import top
from gxjax.benchmark.similarity import jaccard, mean_spearman, nogueira, similarity


def draw(seed, members=5, variants=40, levels=None):
    generator = np.random.default_rng(seed)
    values = generator.random(variants) + generator.random((members, variants))
    return values if levels is None else np.floor(values * levels)


@pytest.mark.parametrize("levels", [None, 3])
def test_similarity__spearman_is_that_of_scipy(levels):
    values = draw(0, levels=levels)
    assert_allclose(similarity(values, 4).spearman, spearmanr(values, axis=1).statistic)


def test_similarity__of_equal_scores_is_unknown():
    values = np.stack([np.ones(6), np.arange(6.0), np.arange(6.0)])
    found = similarity(values, 2)
    assert np.isnan(found.spearman[0]).all()
    assert found.spearman[1, 2] == pytest.approx(1)
    assert np.isnan(mean_spearman(found).value)


@given(st.integers(0, 1000), st.integers(1, 12))
@settings(max_examples=25)
def test_similarity__shared_is_that_of_sets(seed, k):
    values = draw(seed)
    sets = [set(top(scores, k).tolist()) for scores in values]
    expected = [[len(a & b) for b in sets] for a in sets]
    assert_array_equal(similarity(values, k).shared, expected)


def test_similarity__of_zeros_is_no_agreement():
    """30 scores that all members see alike; the rest of the top is anybody's."""
    values = np.zeros((4, 2000), np.float32)
    values[:, :30] = np.arange(30, 0, -1)
    shared = similarity(values, 100).shared
    assert_array_equal(np.diag(shared), 100)
    pairs = shared[np.triu_indices(4, 1)]
    assert (pairs >= 30).all()
    assert pairs.mean() == pytest.approx(30 + 70 * 70 / 1970, abs=2)
    assert_array_equal(similarity(values, 100).shared, shared)


def test_mean_spearman__and_jaccard_are_means_over_pairs():
    values = draw(1)

    def naive(values):
        pairs = list(combinations(range(len(values)), 2))
        sets = [set(top(scores, 8).tolist()) for scores in values]
        rho = [spearmanr(values[a], values[b]).statistic for a, b in pairs]
        shared = [len(sets[a] & sets[b]) / len(sets[a] | sets[b]) for a, b in pairs]
        return np.mean(rho), np.mean(shared)

    found = similarity(values, 8)
    leaves = np.array([naive(np.delete(values, m, axis=0)) for m in range(5)])
    variance = 0.8 * ((leaves - leaves.mean(axis=0)) ** 2).sum(axis=0)
    for figure, value, spread in zip(
        (mean_spearman(found), jaccard(found)), naive(values), variance, strict=True
    ):
        assert_allclose(figure.value, value)
        assert_allclose((figure.root**2).sum(), spread)


def published_nogueira(z):
    """Definitions 4 and 7, and theorem 7, of the paper, for a binary matrix [M, d]."""
    members, d = z.shape
    share, size = z.mean(axis=0), z.sum(axis=1)
    mean_size = size.mean()
    scale = mean_size / d * (1 - mean_size / d)
    value = 1 - np.mean(members / (members - 1) * share * (1 - share)) / scale
    phi = np.array(
        [
            np.mean(row * share)
            - k * mean_size / d**2
            + value / 2 * (2 * mean_size * k / d**2 - k / d - mean_size / d + 1)
            for row, k in zip(z, size, strict=True)
        ]
    )
    phi = phi / scale
    return value, 4 / members**2 * ((phi - phi.mean()) ** 2).sum()


@given(st.integers(0, 1000), st.integers(1, 39))
@settings(max_examples=25)
def test_nogueira__is_the_published_index_and_variance(seed, k):
    values = draw(seed)
    z = np.zeros(values.shape)
    for row, scores in zip(z, values, strict=True):
        row[top(scores, k)] = 1
    found = nogueira(similarity(values, k))
    value, variance = published_nogueira(z)
    assert_allclose(found.value, value, atol=1e-12)
    assert_allclose((found.root**2).sum(), variance, atol=1e-12)


def test_nogueira__is_1_for_equal_and_about_0_for_random_members():
    same = np.tile(np.arange(100.0), (4, 1))
    found = nogueira(similarity(same, 10))
    assert_allclose([found.value, *t_interval(found)], 1)
    random = np.random.default_rng(0).random((10, 2000))
    assert abs(nogueira(similarity(random, 40)).value.item()) < 0.02
    assert np.isnan(nogueira(similarity(same, 100)).value)
    assert np.isnan(nogueira(similarity(same[:1], 10)).value)


def test_nogueira__interval_holds_the_index_of_many_members():
    """Members draw their top from one population; the published interval covers it."""
    generator = np.random.default_rng(5)
    signal = generator.gamma(0.5, 2, 300)
    many = signal + generator.gamma(1, 1, (4000, 300))
    truth = nogueira(similarity(many, 30)).value.item()
    held = 0
    for _ in range(200):
        values = signal + generator.gamma(1, 1, (10, 300))
        lower, upper = t_interval(nogueira(similarity(values, 30)))
        held += lower.item() <= truth <= upper.item()
    assert 0.85 <= held / 200 <= 1


def test_nogueira__of_two_members_has_no_spread():
    found = nogueira(similarity(draw(2, members=2), 8))
    assert np.isfinite(found.value)
    assert np.isnan(t_interval(found)).all()


def test_similarity__of_members_without_an_order_is_unknown():
    values = draw(3)
    values[1] = 0
    found = similarity(values, 8)
    for measure in (jaccard, nogueira, mean_spearman):
        assert np.isnan(measure(found).value)


@pytest.mark.parametrize("top_", [0, 41])
def test_similarity__raises_on_a_top_that_is_not_there(top_):
    with pytest.raises(ValueError, match=f"top: found {top_}; expected 1 to 40"):
        similarity(draw(4), top_)
