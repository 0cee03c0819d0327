"""Places at which planted effects are found, by hand and by a plain search."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_array_equal

from gxjax.benchmark import find_places, rank_columns
from gxjax.benchmark.reach import find_reach, linked

COLUMN = (("a", "none"),)


# Ranks of the eight columns: 3 5 0 1 7 2 6 4.
SCORES = np.array([5.0, 3, 8, 7, 1, 6, 2, 4])[None, None]
KIND_NAMES = [
    *("real", "additive", "real", "epistatic", "epistatic", "real", "recessive"),
    "polygenic",
]
EDGES = {(1, 2): 0.6, (4, 5): 0.9, (0, 6): 0.4, (1, 6): 0.7}


@pytest.fixture
def truth(make_truth):
    return make_truth(KIND_NAMES, [-1, -1, -1, 4, 3, -1, -1, -1])


@pytest.fixture
def linked_columns(make_neighbours):
    return make_neighbours(8, EDGES)


def places_of(truth, scores=SCORES, **words):
    """The places of the units of each effect."""
    found = find_places(rank_columns(scores, COLUMN, truth), truth, **words)
    effects = found.units["effect"].to_numpy()
    return {
        effect: found.places[0, 0, effects == effect].tolist()
        for effect in pd.unique(effects)
    }


def test_find_places__without_ld_are_own_ranks(truth):
    assert places_of(truth) == {
        "additive": [5],
        "recessive": [6],
        "epistatic": [1, 7],
        "epistatic_pair": [7],
    }


def test_find_places__take_the_best_in_ld(truth, linked_columns):
    assert places_of(truth, neighbours=linked_columns) == {
        "additive": [0],  # by column 2
        "recessive": [5],  # by column 1, itself planted
        "epistatic": [1, 2],
        "epistatic_pair": [2],
    }
    weak = places_of(truth, neighbours=linked_columns, r2=0.4)
    assert weak["recessive"] == [3]
    assert places_of(truth, neighbours=linked_columns, r2=1)["additive"] == [5]


def test_find_places__take_the_best_within_a_window(truth, linked_columns):
    variants = pd.DataFrame(
        {
            "CHROM": ["1", "1", "1", "1", "2", "2", "2", "2"],
            "POS": [100, 1200, 9000, 2200, 100, 1100, 5000, 2300],
        }
    )
    found = places_of(truth, variants=variants, window_kb=1)
    # 1200 and 2200 are near, 100 is 1.1 kb off; 5000 has nobody near.
    assert found["additive"] == [1]
    assert found["recessive"] == [6]
    assert found["epistatic"] == [1, 2]
    both = places_of(truth, neighbours=linked_columns, variants=variants, window_kb=1)
    assert both["additive"] == [0]


def test_find_places__of_untyped_variants_are_those_of_their_neighbours(
    truth, linked_columns
):
    typed = np.ones(8, bool)
    typed[[1, 6]] = False
    truth = truth._replace(typed=typed)
    assert places_of(truth)["additive"] == [8]
    found = places_of(truth, neighbours=linked_columns)
    assert found["additive"] == [0]
    assert found["recessive"] == [8]
    assert places_of(truth, neighbours=linked_columns, r2=0.4)["recessive"] == [3]


def test_find_places__of_a_triple_is_the_worst_of_its_members(make_truth):
    kinds = ["three_way", "real", "three_way", "three_way", *["real"] * 4]
    truth = make_truth(kinds, [3, -1, 0, 2, -1, -1, -1, -1])
    assert places_of(truth) == {"three_way": [3, 0, 1], "three_way_group": [3]}
    units = find_places(rank_columns(SCORES, COLUMN, truth), truth).units
    assert units["columns"].iloc[-1] == (0, 3, 2)


def test_find_places__of_significant_variants_are_their_own(truth, linked_columns):
    significant = np.arange(8) < 2
    found = places_of(truth, neighbours=linked_columns, significant=significant)
    assert found["gwas_significant"] == [3, 5]


def test_find_places__agree_with_a_plain_search(make_truth, make_neighbours):
    generator = np.random.default_rng(4)
    count = 60
    kinds = generator.choice(["real", "additive", "dominant", "decoy"], count)
    edges = {}
    for i, j in generator.integers(0, count, (200, 2)).tolist():
        if i != j:
            edges[min(i, j), max(i, j)] = generator.random()
    truth = make_truth(kinds, typed=generator.random(count) < 0.8)
    values = generator.normal(size=(2, 3, count)).astype(np.float32)
    ranking = rank_columns(values, [("a", ""), ("b", "")], truth)
    linked_ = make_neighbours(count, edges)
    found = find_places(ranking, truth, neighbours=linked_, r2=0.4)
    assert len(found.units) > 20
    for unit, (own,) in enumerate(found.units["columns"]):
        finders = [own] + [
            i + j - own
            for (i, j), r in edges.items()
            if own in (i, j) and r >= 0.4 and kinds[i + j - own] != "decoy"
        ]
        expected = ranking.ranks[:, :, finders].min(axis=2)
        assert_array_equal(found.places[:, :, unit], expected)


def test_find_places__with_nothing_planted(make_truth):
    truth = make_truth(["real"] * 8)
    found = find_places(rank_columns(SCORES, COLUMN, truth), truth)
    assert found.places.shape == (1, 1, 0)


def test_find_places__raises_on_wrong_arguments(
    truth, make_truth, make_neighbours, linked_columns
):
    for words, message in (
        ({"neighbours": linked_columns, "r2": 0}, "r2: found 0"),
        ({"neighbours": make_neighbours(7, {})}, "neighbours: of 7 columns"),
        ({"window_kb": -1}, "window_kb: found -1"),
        ({"significant": np.ones(7, bool)}, r"significant: shape \(7,\)"),
        ({"window_kb": 5}, "variants: none; expected CHROM and POS of 8"),
    ):
        with pytest.raises(ValueError, match=message):
            places_of(truth, **words)
    ranking = rank_columns(SCORES, COLUMN, truth)
    with pytest.raises(ValueError, match="ranking: 8 columns; the truth has 3"):
        find_places(ranking, make_truth(["real"] * 3))


def test_find_reach__begins_with_the_column_and_leaves_out_nulls(
    make_truth, make_neighbours
):
    truth = make_truth(["real", "additive", "decoy", "knockoff"], [-1, -1, 1, 1])
    variants = pd.DataFrame({"CHROM": "1", "POS": [5, 5, 5, 5]})
    linked_ = make_neighbours(4, {(1, 2): 0.9, (0, 1): 0.9})
    found = find_reach(np.array([1]), truth, linked_, variants=variants, window_kb=1)
    assert found.columns[0] == 1
    assert set(found.columns) == {0, 1}
    assert_array_equal(found.starts, [0, len(found.columns)])


def test_find_reach__of_spike_ins_has_no_window(make_truth):
    truth = make_truth(["real", "additive", "additive", "dominant"])
    variants = pd.DataFrame({"CHROM": ["1", "1", "26", "26"], "POS": [1, 2, 1, 2]})
    found = find_reach(np.array([1, 2, 3]), truth, variants=variants, window_kb=1)
    parts = np.split(found.columns, found.starts[1:-1])
    assert [sorted(set(part)) for part in parts] == [[0, 1], [2], [3]]


def test_find_reach__without_a_chromosome_has_no_window(make_truth):
    """Spike-ins of cattle, which have a chromosome 26 of their own."""
    truth = make_truth(["additive", "real", "dominant", "additive", "real"])
    chromosome = ["26", "26", None, None, None]
    variants = pd.DataFrame({"CHROM": chromosome, "POS": [1, 2, 1, 2, 2]})
    found = find_reach(np.array([0, 2, 3]), truth, variants=variants, window_kb=1)
    parts = np.split(found.columns, found.starts[1:-1])
    assert [sorted(set(part)) for part in parts] == [[0, 1], [2], [3]]


def test_linked__keeps_strong_neighbours(linked_columns, make_neighbours):
    found = linked(linked_columns, 0.65)
    expected = make_neighbours(8, {(4, 5): 0.9, (1, 6): 0.7})
    for part, other in zip(found, expected, strict=True):
        assert_array_equal(part, other)
    assert linked(linked_columns, 0.3) is linked_columns
