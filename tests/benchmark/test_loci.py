"""Loci beside a sequential clump, and the example of PLINK's manual in small."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_array_equal

from gxjax.benchmark import clump_scores, loci, order


def clump_one_by_one(scores, edges, top, r2):
    """Leads and members as PLINK's manual describes them."""
    best = order(scores)[:top].tolist()
    taken, leads, locus = set(), [], {}
    for lead in best:
        if lead in taken:
            continue
        near = {
            i + j - lead for (i, j), r in edges.items() if lead in (i, j) and r >= r2
        }
        members = [lead] + [each for each in best if each in near and each not in taken]
        locus |= dict.fromkeys(members, len(leads))
        taken |= set(members)
        leads.append(lead)
    return leads, [locus.get(column, -1) for column in range(len(scores))]


@st.composite
def graphs(draw):
    count = draw(st.integers(1, 25))
    pair = st.tuples(st.integers(0, count - 1), st.integers(0, count - 1))
    pairs = draw(st.lists(pair, max_size=60))
    edges = {(min(p), max(p)): draw(st.sampled_from([0.25, 0.5, 1.0])) for p in pairs}
    scores = draw(st.lists(st.integers(0, 9), min_size=count, max_size=count))
    edges = {(i, j): r for (i, j), r in edges.items() if i != j}
    return np.array(scores, np.float32), edges


@given(graphs(), st.integers(1, 25), st.sampled_from([0.25, 0.5]))
def test_clump_scores__is_the_sequential_clump(make_neighbours, graph, top, r2):
    scores, edges = graph
    found = clump_scores(scores, make_neighbours(len(scores), edges), top=top, r2=r2)
    leads, locus = clump_one_by_one(scores, edges, top, r2)
    assert_array_equal(found.leads, leads)
    assert_array_equal(found.locus, locus)


@given(graphs(), st.integers(1, 25))
def test_clump_scores__of_fewer_are_the_first_of_more(make_neighbours, graph, top):
    scores, edges = graph
    linked = make_neighbours(len(scores), edges)
    few, all_ = (clump_scores(scores, linked, top=k).leads for k in (top, None))
    assert_array_equal(few, all_[: len(few)])


def test_clump_scores__by_hand(make_neighbours):
    # 1 takes 0 and 2; 3 is in LD with 2 only, and begins a locus of its own.
    edges = {(0, 1): 0.8, (1, 2): 0.6, (2, 3): 0.9, (4, 5): 0.3}
    scores = np.array([3.0, 9, 8, 5, 7, 6])
    found = clump_scores(scores, make_neighbours(6, edges))
    assert_array_equal(found.leads, [1, 4, 5, 3])
    assert_array_equal(found.locus, [0, 0, 0, 3, 1, 2])
    assert found.locus.dtype == np.int32


def test_clump_scores__leaves_out_what_has_no_score(make_neighbours):
    edges = {(0, 1): 0.8, (1, 2): 0.6}
    scores = np.array([3.0, -np.inf, 1.0])
    found = clump_scores(scores, make_neighbours(3, edges))
    assert_array_equal(found.leads, [0, 2])
    assert_array_equal(found.locus, [0, -1, 1])


@pytest.mark.parametrize("rounds", [0, 1, 16])
def test_clump_scores__follows_a_long_chain(make_neighbours, rounds, monkeypatch):
    monkeypatch.setattr(loci, "_ROUNDS", rounds)
    count = 101
    edges = {(j, j + 1): 1.0 for j in range(count - 1)}
    found = clump_scores(np.arange(count), make_neighbours(count, edges))
    assert_array_equal(found.leads, np.arange(count)[::-2])


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ({"scores": np.ones(3)}, r"scores: shape \(3,\)"),
        ({"scores": np.array([1, np.nan])}, "scores: 1 of 2 are NaN"),
        ({"top": 0}, "top: found 0"),
        ({"r2": 1.5}, "r2: found 1.5"),
    ],
)
def test_clump_scores__raises_on_wrong_arguments(make_neighbours, words, message):
    linked = make_neighbours(2, {(0, 1): 0.5})
    with pytest.raises(ValueError, match=message):
        clump_scores(**{"scores": np.ones(2), "neighbours": linked} | words)
