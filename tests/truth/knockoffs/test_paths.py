"""Chains drawn given genotypes, against enumeration of all paths."""

import itertools

import jax
import numpy as np
import pytest
from scipy import stats

from gxjax.truth.knockoffs.paths import draw_paths, filter_paths
from gxjax.truth.knockoffs.segments import PEOPLE, cut_codes, cut_model


def joint(model, codes):
    """P(codes, path) of every path of pairs, [K**2, ...] with V axes, by the book."""
    variants, clusters = model.theta.shape
    pairs = list(itertools.product(range(clusters), repeat=2))
    found = np.zeros((len(pairs),) * variants)
    for path in itertools.product(range(len(pairs)), repeat=variants):
        probability = 1.0
        for j, place in enumerate(path):
            now = pairs[place]
            before = pairs[path[j - 1]]
            for chain in (0, 1):
                same = model.stay[j] * (j > 0 and before[chain] == now[chain])
                move = (1 - model.stay[j]) * model.alpha[j, now[chain]]
                probability *= same + move
            a, b = (float(model.theta[j, k]) for k in now)
            table = ((1 - a) * (1 - b), a + b - 2 * a * b, a * b, 1.0)
            probability *= table[codes[j]]
        found[path] = probability
    return found


@pytest.mark.parametrize("codes", [(0, 1, 2), (1, 1, 3), (2, 3, 1), (3, 3, 3)])
@pytest.mark.parametrize("firsts", [(0,), (0, 2)])
def test_filter__gives_the_likelihood(make_model, codes, firsts):
    model = make_model(3, 3, firsts=firsts)
    row = np.array([codes], np.uint8)
    _, found = filter_paths(cut_model(model), cut_codes(row))
    expected = np.log(joint(model, codes).sum())
    np.testing.assert_allclose(found[0], expected, atol=1e-5)
    np.testing.assert_allclose(found[1:], 0, atol=1e-5)


def test_draw__follows_the_posterior_of_whole_paths(make_model, key):
    model, codes = make_model(3, 2), (1, 2, 1)
    segments = cut_model(model)
    rows = cut_codes(np.tile(np.array([codes], np.uint8), (PEOPLE, 1)))
    counts = np.zeros((4, 4, 4))
    blocks = 60
    for block in range(blocks):
        people = np.arange(block * PEOPLE, (block + 1) * PEOPLE, dtype=np.int32)
        paths, _ = draw_paths(key, segments, rows, people)
        drawn = np.asarray(paths[0])[:3]
        np.add.at(counts, tuple(2 * drawn[:, 0] + drawn[:, 1]), 1)
    expected = joint(model, codes)
    expected = expected / expected.sum() * PEOPLE * blocks
    enough = expected > 5
    assert enough.sum() > 10
    table = [counts[enough], expected[enough]]
    rest = [counts[~enough].sum(), expected[~enough].sum()]
    seen, wanted = (np.append(a, b) for a, b in zip(table, rest, strict=True))
    assert stats.chisquare(seen, wanted).pvalue > 0.001


def test_draw__goes_on_from_segment_to_segment(make_model, key):
    """With hardly a jump and telling alleles a path is one cluster all along."""
    model = make_model(300, 2, stay=0.9999)
    theta = np.where(np.arange(2)[None, :] == 0, 0.02, 0.98)
    theta = np.tile(theta, (300, 1)).astype(np.float32)
    rows = cut_codes(np.ones((PEOPLE, 300), np.uint8))
    segments = cut_model(model._replace(theta=theta))
    people = np.arange(PEOPLE, dtype=np.int32)
    paths, _ = draw_paths(key, segments, rows, people)
    whole = np.concatenate([np.asarray(path) for path in paths])[:300]
    assert (whole[:, 0] + whole[:, 1] == 1).mean() > 0.999
    assert (whole[1:] == whole[:-1]).mean() > 0.99
    assert 0.3 < whole[0, 0].mean() < 0.7


def test_draw__of_a_person_does_not_depend_on_who_shares_the_block(make_model):
    model = make_model(10, 3)
    segments, random = cut_model(model), np.random.default_rng(0)
    codes = random.integers(0, 4, (PEOPLE, 10)).astype(np.uint8)
    people = np.arange(PEOPLE, dtype=np.int32)
    key = jax.random.key(3)
    paths, _ = draw_paths(key, segments, cut_codes(codes), people)
    order = random.permutation(PEOPLE)
    again, _ = draw_paths(key, segments, cut_codes(codes[order]), people[order])
    np.testing.assert_array_equal(np.asarray(paths[0])[..., order], again[0])
