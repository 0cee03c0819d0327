"""Ranks of loci: by hand, and beside clumping each ranking whole."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from gxjax.benchmark import clump_scores, find_places, rank_columns, rank_loci
from gxjax.benchmark.recall import recall_ratio

COLUMN = (("a", "none"),)


@pytest.fixture
def graph(make_neighbours):
    """40 columns, a third of them in LD with others near."""
    generator = np.random.default_rng(0)
    pairs = generator.integers(0, 40, (60, 2))
    edges = {
        (int(min(p)), int(max(p))): float(generator.choice([0.3, 0.6, 0.9]))
        for p in pairs
        if p[0] != p[1] and abs(p[0] - p[1]) < 6
    }
    return make_neighbours(40, edges)


@pytest.mark.parametrize("r2", [0.5, 0.8])
@pytest.mark.parametrize("k", [1, 7, 1000])
def test_rank_loci__are_the_leads_of_each_ranking(graph, make_truth, r2, k):
    values = np.random.default_rng(1).normal(size=(3, 2, 40)).astype(np.float32)
    typed = np.arange(40) % 7 != 3
    truth = make_truth(["real"] * 40, typed=typed)
    ranking = rank_columns(values, COLUMN * 3, truth)
    before, calls = ranking.ranks.copy(), []
    found = rank_loci(
        ranking, graph, k=k, r2=r2, progress=lambda *each: calls.append(each[:2])
    )
    assert found.typed == ranking.typed
    assert_array_equal(ranking.ranks, before)
    assert calls == [(n, 6) for n in range(1, 7)]
    for at in np.ndindex(3, 2):
        shown = np.where(typed, values[at], -np.inf)
        leads = clump_scores(shown, graph, r2=r2).leads[:k]
        expected = np.full(40, 40)
        expected[leads] = np.arange(len(leads))
        assert_array_equal(found.ranks[at], expected)


def test_rank_loci__a_strong_effect_takes_one_place(make_neighbours, make_truth):
    # 0 is a strong real effect with neighbours 1 to 4; 5 is planted and has none.
    edges = {(0, n): 0.8 for n in range(1, 5)}
    linked = make_neighbours(8, edges)
    truth = make_truth([*["real"] * 5, "additive", "real", "real"])
    scores = np.float32([9, 8, 7, 6, 5, 4, 1, 0])[None, None]
    ranking = rank_columns(scores, COLUMN, truth)
    among = {
        "variants": find_places(ranking, truth, neighbours=linked),
        "loci": find_places(rank_loci(ranking, linked, k=2), truth, neighbours=linked),
    }
    hits = {n: recall_ratio(p, "additive", 2).numerator[0, 0] for n, p in among.items()}
    assert hits == {"variants": [0], "loci": [1]}


def test_rank_loci__a_causal_variant_is_found_at_the_index_variant(
    make_neighbours, make_truth
):
    linked = make_neighbours(6, {(0, 1): 0.7})
    truth = make_truth(["real", "additive", *["real"] * 4])
    scores = np.float32([9, 8, 7, 6, 5, 4])[None, None]
    loci = rank_loci(rank_columns(scores, COLUMN, truth), linked, k=6)
    assert_array_equal(loci.ranks[0, 0], [0, 6, 1, 2, 3, 4])
    assert find_places(loci, truth, neighbours=linked).places.item() == 0


def test_rank_loci__without_ld_are_the_ranks(make_neighbours, make_truth):
    values = np.random.default_rng(2).normal(size=(1, 1, 9)).astype(np.float32)
    ranking = rank_columns(values, COLUMN, make_truth(["real"] * 9))
    found = rank_loci(ranking, make_neighbours(9, {}), k=9)
    assert_array_equal(found.ranks, ranking.ranks)


def test_rank_loci__raises(graph, make_neighbours, make_truth):
    values = np.zeros((1, 1, 40), np.float32)
    ranking = rank_columns(values, COLUMN, make_truth(["real"] * 40))
    with pytest.raises(ValueError, match="of 3 columns; the ranking has 40"):
        rank_loci(ranking, make_neighbours(3, {}), k=2)
    for k, r2 in ((0, 0.5), (2, 0.0), (2, 1.5), (2, float("nan"))):
        with pytest.raises(ValueError, match="k, r2: found"):
            rank_loci(ranking, graph, k=k, r2=r2)
