"""Recall by allele frequency, beside the recall of a part of the truth."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from gxjax.benchmark import find_places, frequency_table, rank_columns, recall
from gxjax.benchmark.frequency_bins import FREQUENCY_EDGES

COLUMNS = (("a", "none"), ("b", "none"))


@pytest.fixture
def planted(make_truth):
    """Truth and MAF of 100 real columns and 40 planted ones."""
    kinds = ["real"] * 100 + ["additive"] * 20 + ["dominant"] * 20
    maf = np.random.default_rng(0).uniform(0.01, 0.5, 140)
    maf[-1], maf[-2] = 0.5, 0.1
    return make_truth(kinds), maf


def places_of(values, truth):
    return find_places(rank_columns(values, COLUMNS, truth), truth)


def test_frequency_table__is_the_recall_of_the_variants_of_a_bin(planted, key):
    truth, maf = planted
    values = np.random.default_rng(1).random((2, 3, 140))
    places = [places_of(values, truth)]
    table = frequency_table(places, COLUMNS, [maf], key, quantiles=(0.8,), draws=20)
    names = "method noise effect maf_low maf_high quantile value lower upper planted"
    assert " ".join(table.columns) == names
    for row in table.itertuples():
        inside = (maf >= row.maf_low) & (maf < row.maf_high)
        inside |= (maf == 0.5) & (row.maf_high == 0.5)
        effects = [1, 2] if row.effect == "all" else [1 + (row.effect != "additive")]
        kept = inside & np.isin(truth.kind, effects)
        assert row.planted == kept.sum() > 0
        part = truth._replace(kind=np.where(kept, truth.kind, 0))
        members = values[COLUMNS.index((row.method, row.noise))]
        each = [recall(scores, part, 0.8, "all") for scores in members]
        assert_allclose(row.value, np.mean(each))
        assert row.lower <= row.value <= row.upper
    everything = table.query("effect == 'all' and method == 'a'")
    assert everything["planted"].sum() == 40
    assert everything["maf_low"].tolist() == list(FREQUENCY_EDGES[1:-1])


def test_frequency_table__joins_replicates_and_leaves_out_pairs(make_truth, key):
    truth = make_truth(["real", "epistatic", "epistatic"], [-1, 2, 1])
    values = np.array([[[1.0, 3, 2]], [[3.0, 2, 1]]])
    places = [places_of(values, truth)] * 2
    maf = [np.array([0.1, 0.2, 0.3]), np.array([0.1, 0.3, 0.3])]
    edges = (0.15, 0.25, 0.35)
    table = frequency_table(
        places, COLUMNS, maf, key, edges=edges, quantiles=(0.7,), draws=9
    )
    assert set(table["effect"]) == {"epistatic", "nonadditive", "all"}
    rows = table.query("effect == 'all' and method == 'a'")
    assert rows["planted"].tolist() == [1, 3]
    # Of the second bin: none of 1, and 1 of 2.
    assert_allclose(rows["value"], [1, (0 + 1 / 2) / 2])


def test_frequency_table__raises_on_wrong_arguments(planted, key):
    truth, maf = planted
    places = places_of(np.ones((2, 1, 140)), truth)
    with pytest.raises(ValueError, match="0 maf"):
        frequency_table([places], COLUMNS, [], key)
    with pytest.raises(ValueError, match="edges: found"):
        frequency_table([places], COLUMNS, [maf], key, edges=(0.5, 0.1))


def test_frequency_table__few_that_are_all_found_are_not_sure(make_truth, key):
    truth = make_truth(["additive", "additive", "real", "real"])
    values = np.tile(np.array([4.0, 3, 2, 1]), (2, 1, 1))
    maf = [np.full(4, 0.2)]
    table = frequency_table(
        [places_of(values, truth)], COLUMNS, maf, key, quantiles=(0.5,), draws=9
    )
    assert_allclose(table["lower"], 0.025**0.5)
    assert_allclose(table["upper"], 1)
