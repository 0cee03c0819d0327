"""Planted pairs among scored pairs, by hand."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

from gxjax.benchmark import find_pairs, interaction_table

EDGES = {(0, 2): 0.8, (1, 3): 0.8, (4, 6): 0.6}
# Candidates in falling order of the first score.
PAIRS = np.array([[2, 0], [7, 1], [3, 2], [5, 4], [0, 1], [6, 5]])
SCORES = np.stack([-np.arange(6.0), np.arange(6.0)])[:, None]


@pytest.fixture
def truth(make_truth):
    """Pairs 0 with 1, and 4 with 5."""
    kinds = ["epistatic"] * 2 + ["real"] * 2 + ["epistatic"] * 2 + ["real"] * 2
    return make_truth(kinds, [1, 0, -1, -1, 5, 4, -1, -1])


def test_find_pairs__are_those_of_the_planted_columns(truth):
    found = find_pairs(PAIRS, SCORES, truth)
    assert found.places[:, 0].tolist() == [[4, 3], [1, 2]]
    assert found.units["columns"].tolist() == [(0, 1), (4, 5)]
    assert found.typed == 6


def test_find_pairs__counts_pairs_that_tag_both_members(truth, make_neighbours):
    linked = make_neighbours(8, EDGES)
    found = find_pairs(PAIRS, SCORES, truth, neighbours=linked)
    # 3 and 2 tag 1 and 0; 2 and 0 are both of the one variant; 6 tags 4.
    assert found.places[:, 0].tolist() == [[2, 3], [1, 0]]
    strict = find_pairs(PAIRS, SCORES, truth, neighbours=linked, r2=0.7)
    assert strict.places[:, 0].tolist() == [[2, 3], [1, 2]]
    variants = pd.DataFrame({"CHROM": "1", "POS": 2000 * np.arange(8)})
    near = find_pairs(PAIRS, SCORES, truth, variants=variants, window_kb=2)
    # 2 is near 1, and 0 is itself; 6 is near 5, so 5 with 4 is the first still.
    assert near.places[0, 0].tolist() == [0, 3]


def test_find_pairs__never_finds_what_is_no_candidate(truth, key):
    found = find_pairs(PAIRS[:3], SCORES[..., :3], truth)
    assert found.places[:, 0].tolist() == [[3, 3], [3, 3]]
    table = interaction_table([found], ["a", "b"], key, ks=(3,), draws=9)
    assert table["value"].tolist() == [0, 0]
    # None of two.
    assert_allclose(table["upper"], 1 - 0.025**0.5)


def test_interaction_table__is_the_share_among_the_top(truth, key):
    found = find_pairs(PAIRS, np.tile(SCORES, (1, 2, 1)), truth)
    table = interaction_table([found], ["a", "b"], key, ks=(2, 4, 5, 100), draws=50)
    names = "score effect quantile k value lower upper planted"
    assert " ".join(table.columns) == names
    assert table["k"].tolist() == [2, 4, 5] * 2
    assert_allclose(table["value"], [0, 1 / 2, 1, 1 / 2, 1, 1])
    assert_allclose(table["quantile"][:3], [1 - 2 / 6, 1 - 4 / 6, 1 - 5 / 6])
    assert set(table["effect"]) == {"epistatic_pair"}
    assert (table["planted"] == 2).all()
    assert table["lower"][1] == 0 < table["upper"][1] == 1


def test_interaction_table__without_planted_pairs_is_empty(make_truth, key):
    found = find_pairs(PAIRS, SCORES, make_truth(["real"] * 8))
    assert len(interaction_table([found], ["a", "b"], key)) == 0


def test_find_pairs__raises_on_wrong_arguments(truth, key):
    for pairs, scores, message in (
        (PAIRS[:, :1], SCORES, r"pairs: shape \(6, 1\)"),
        (PAIRS + 1, SCORES, "pairs: found 1 to 8"),
        (PAIRS * 0, SCORES, "two different columns"),
        (PAIRS, SCORES[..., :5], r"scores: shape \(2, 1, 5\)"),
        (PAIRS, SCORES * np.nan, "scores: 6 of 6 are NaN"),
    ):
        with pytest.raises(ValueError, match=message):
            find_pairs(pairs, scores, truth)
    found = find_pairs(PAIRS, SCORES, truth)
    with pytest.raises(ValueError, match="expected 1 in each"):
        interaction_table([found], ["a"], key)


def test_find_pairs__what_has_no_score_is_never_found(truth):
    scores = np.where(SCORES <= 3, SCORES, -np.inf)
    scores[0] = -np.inf
    found = find_pairs(PAIRS, scores, truth)
    assert found.places[:, 0].tolist() == [[6, 6], [6, 0]]
