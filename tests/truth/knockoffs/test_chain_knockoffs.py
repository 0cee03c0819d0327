"""Knockoffs of Markov chains: the algorithm, and exchangeability cell by cell."""

import itertools

import jax.numpy as jnp
import numpy as np
import pytest
from scipy import stats

from gxjax.truth.knockoffs import HaplotypeModel
from gxjax.truth.knockoffs.chain_knockoffs import copy_chain, emit_dosages, start_copy

CHAINS = 20_000


def simulate(model, chains, seed=0):
    random = np.random.default_rng(seed)
    cluster, found = np.zeros(chains, int), []
    for alpha, stay in zip(model.alpha, model.stay, strict=True):
        fresh = random.choice(len(alpha), chains, p=alpha / alpha.sum())
        cluster = np.where(random.random(chains) < stay, cluster, fresh)
        found.append(cluster)
    return np.array(found, np.int32)


def copy(model, chains, uniforms):
    on_device = HaplotypeModel(*map(jnp.asarray, model))
    after = HaplotypeModel(*(np.roll(np.asarray(part), -1, axis=0) for part in model))
    start = start_copy(on_device, chains.shape[1])
    moved = np.roll(chains, -1, axis=0)
    copies = copy_chain(start, on_device, after, chains, moved, uniforms)[1]
    return np.asarray(copies)


def naive_copy(model, chain, uniforms):
    """The algorithm with whole matrices and sums over every cluster, one chain."""
    variants, clusters = model.alpha.shape
    forget = np.ones((clusters, 1)) * model.alpha[:, None].astype(float)
    matrices = [
        s * np.eye(clusters) + (1 - s) * m
        for s, m in zip(model.stay.astype(float), forget, strict=True)
    ]
    weight = model.alpha[0].astype(float)
    found = []
    for j in range(variants):
        last = j == variants - 1
        ahead = np.ones((clusters, clusters)) if last else matrices[j + 1]
        proportion = weight * ahead[:, 0 if last else chain[j + 1]]
        edges = np.cumsum(proportion / proportion.sum())
        found.append(int((edges[:-1] <= uniforms[j]).sum()))
        if not last:
            normaliser = weight @ matrices[j + 1]
            weight = matrices[j + 1][chain[j]] * matrices[j + 1][found[j]] / normaliser
    return found


def test_copy__is_the_algorithm_with_whole_matrices(make_model):
    model = make_model(30, 4, firsts=(0, 11, 12))
    chains = simulate(model, 50)
    uniforms = np.random.default_rng(1).random(chains.shape).astype(np.float32)
    found = copy(model, chains, uniforms)
    expected = [
        naive_copy(model, chain, draws)
        for chain, draws in zip(chains.T, uniforms.T, strict=True)
    ]
    np.testing.assert_array_equal(found.T, expected)


@pytest.mark.parametrize("swap", [(0,), (1,), (0, 2), (0, 1, 2)])
def test_copy__may_trade_places_with_the_chain(make_model, swap):
    """Bowker's test of symmetry over all (chain, knockoff) of three variants."""
    model = make_model(3, 2, stay=0.6)
    chains = simulate(model, CHAINS)
    uniforms = np.random.default_rng(2).random(chains.shape).astype(np.float32)
    both = np.concatenate([chains, copy(model, chains, uniforms)])
    other = both.copy()
    for j in swap:
        other[[j, j + 3]] = both[[j + 3, j]]
    places = 2 ** np.arange(6)
    counts = np.bincount(places @ both, minlength=64).astype(float)
    mirrored = np.bincount(places @ other, minlength=64).astype(float)
    moved = counts + mirrored > 0
    terms = (counts - mirrored)[moved] ** 2 / (counts + mirrored)[moved]
    fixed = sum(
        all(cell[j] == cell[j + 3] for j in swap)
        for cell in itertools.product((0, 1), repeat=6)
    )
    # Every pair of mirrored cells stands there twice.
    assert stats.chi2.sf(terms.sum() / 2, (64 - fixed) // 2) > 0.001
    assert (both[:3] != both[3:]).mean() > 0.2


def test_copy__begins_anew_at_a_chromosome(make_model):
    model = make_model(6, 3, firsts=(0, 3), stay=0.95)
    chains = simulate(model, CHAINS)
    uniforms = np.random.default_rng(3).random(chains.shape).astype(np.float32)
    copies = copy(model, chains, uniforms)
    table = np.zeros((3, 3))
    np.add.at(table, (copies[2], copies[3]), 1)
    assert stats.chi2_contingency(table).pvalue > 0.001
    share = np.bincount(copies[3], minlength=3) / CHAINS
    np.testing.assert_allclose(share, model.alpha[3], atol=0.015)


def test_emit__has_the_probabilities_of_the_pair(make_model):
    model = make_model(2, 2)
    uniforms = np.tile((np.arange(1000) + 0.5) / 1000, (2, 1)).astype(np.float32)
    clusters = np.tile(np.array([0, 1], np.int32)[None, :, None], (2, 1, 1000))
    segment = HaplotypeModel(*map(jnp.asarray, model))
    codes = np.asarray(emit_dosages(segment, jnp.asarray(clusters), uniforms))
    assert codes.dtype == np.uint8
    for dosages, (a, b) in zip(codes, model.theta, strict=True):
        shares = np.bincount(dosages, minlength=3) / 1000
        expected = [(1 - a) * (1 - b), a + b - 2 * a * b, a * b]
        np.testing.assert_allclose(shares, expected, atol=0.002)
