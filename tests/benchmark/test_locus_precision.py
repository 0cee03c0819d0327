"""Shares of right loci, by hand and by a plain count."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

from gxjax.benchmark import (
    clump_scores,
    count_loci,
    locus_precision_table,
    rank_columns,
)
from gxjax.benchmark.locus_precision import LocusCounts, causal_columns
from gxjax.benchmark.resampling import Ratio, estimate

COLUMN = (("a", "none"),)
# Ranks are column numbers.
SCORES = -np.arange(8.0)[None, None]
KINDS = ["real", "real", "additive", "real", "polygenic", "real", "real", "dominant"]


@pytest.fixture
def truth(make_truth):
    return make_truth(KINDS)


def test_causal_columns__are_planted_and_polygenic(truth):
    assert causal_columns(truth).tolist() == [2, 4, 7]


def test_count_loci__by_hand(truth, make_neighbours):
    # 0 tags 2 and takes it; 1 is alone; 3 takes 4, weakly; 5 takes 6.
    edges = {(0, 2): 0.9, (3, 4): 0.3, (5, 6): 0.8, (0, 6): 0.4}
    linked = make_neighbours(8, edges)
    ranking = rank_columns(SCORES, COLUMN, truth)
    found = count_loci(ranking, truth, linked, ks=(3, 8, 9), blocks=2)
    assert found.ks == (3, 8)
    # Loci 0, 1; then 3, 4, 5, 7, of which 4 and 7 are right.
    assert_allclose(found.loci.sum(axis=3).ravel(), [2, 6])
    assert_allclose(found.right.sum(axis=3).ravel(), [1, 3])
    assert_allclose(found.loci[1, 0, 0], [3, 3])
    wide = count_loci(ranking, truth, linked, ks=(8,), clump_r2=0.3)
    # Now 3 takes 4, and counts as wrong: its LD with 4 is too weak; 0 takes 6.
    assert_allclose([wide.loci.sum(), wide.right.sum()], [5, 2])
    variants = pd.DataFrame({"CHROM": "1", "POS": 1000 * np.arange(8)})
    near = count_loci(ranking, truth, linked, ks=(8,), variants=variants, window_kb=1)
    assert_allclose([near.loci.sum(), near.right.sum()], [6, 6])


def test_locus_precision_table__agrees_with_a_plain_count(
    key, make_truth, make_neighbours
):
    generator = np.random.default_rng(5)
    count = 80
    kinds = generator.choice(["real", "real", "real", "additive"], count)
    pairs = generator.integers(0, count, (120, 2)).tolist()
    edges = {(min(p), max(p)): generator.uniform(0.2, 1) for p in pairs if p[0] != p[1]}
    linked, truth = make_neighbours(count, edges), make_truth(kinds)
    values = generator.random((2, 3, count)).astype(np.float32)
    columns = (("a", "none"), ("b", "none"))
    ranking = rank_columns(values, columns, truth)
    counts = count_loci(ranking, truth, linked, ks=(10, 40))
    table = locus_precision_table([counts], columns, key, draws=40)
    names = "method noise k value lower upper least greatest loci"
    assert " ".join(table.columns) == names
    right = {c for c in range(count) if kinds[c] == "additive"}
    right |= {
        i + j - c for (i, j), r in edges.items() for c in right & {i, j} if r >= 0.5
    }
    for row in table.itertuples():
        shares, sizes = [], []
        for scores in values[columns.index((row.method, row.noise))]:
            leads = clump_scores(scores, linked, top=row.k).leads.tolist()
            shares.append(np.mean([lead in right for lead in leads]))
            sizes.append(len(leads))
        assert_allclose(row.value, np.mean(shares))
        assert_allclose([row.least, row.greatest], [min(shares), max(shares)])
        assert_allclose(row.loci, np.mean(sizes))
        assert row.lower < row.upper


def test_count_loci__raises_on_wrong_arguments(truth, make_neighbours, key):
    ranking = rank_columns(SCORES, COLUMN, truth)
    linked = make_neighbours(8, {})
    with pytest.raises(ValueError, match=r"ks: found \[9\]; expected of 1 to 8"):
        count_loci(ranking, truth, linked, ks=(9,))
    counts = count_loci(ranking, truth, linked, ks=(5,))
    with pytest.raises(ValueError, match=r"replicates: \[1\] score columns"):
        locus_precision_table([counts], COLUMN * 2, key)
    other = counts._replace(ks=(4,))
    with pytest.raises(ValueError, match="expected a cut that all have"):
        locus_precision_table([counts, other], COLUMN, key)


def test_locus_precision_table__keeps_the_cuts_of_all_replicates(
    make_truth, make_neighbours, key
):
    generator = np.random.default_rng(3)
    linked = make_neighbours(60, {})
    counts = []
    # Other twins are hidden in each replicate, so fewer columns are ranked.
    for shown in (60, 45):
        truth = make_truth(["additive", "real"] * 30, typed=np.arange(60) < shown)
        ranking = rank_columns(generator.random((1, 2, 60)), COLUMN, truth)
        counts.append(count_loci(ranking, truth, linked, ks=(50, 20, 40)))
    assert [each.ks for each in counts] == [(50, 20, 40), (20, 40)]
    for order in (counts, counts[::-1]):
        table = locus_precision_table(order, COLUMN, key)
        assert table["k"].tolist() == [20, 40]
        both = [each.right[-1].sum() / each.loci[-1].sum() for each in order]
        assert_allclose(table["value"].iloc[-1], np.mean(both))
        assert_allclose(table["loci"], [20, 40])


def test_count_loci__what_has_no_score_is_no_locus(truth, make_neighbours):
    scores = np.full((1, 2, 8), -np.inf)
    scores[0, 0, [5, 2, 6]] = [3.0, 2.0, 1.0]
    ranking = rank_columns(scores, COLUMN, truth)
    linked = make_neighbours(8, {(5, 6): 0.8, (0, 2): 0.9})
    found = count_loci(ranking, truth, linked, ks=(2, 8), blocks=1)
    # 5 takes 6; the first network only has scores.
    assert found.loci[:, 0, :, 0].tolist() == [[2, 0], [2, 0]]
    assert found.right[:, 0, :, 0].tolist() == [[1, 0], [1, 0]]


def test_locus_precision_table__stays_within_0_and_1(key):
    loci = np.ones((1, 1, 1, 6), np.float32)
    half = np.repeat(np.float32([1, 0]), 3).reshape(loci.shape)
    counts = [LocusCounts(right, loci, (6,)) for right in (loci, half)]
    row = locus_precision_table(counts, COLUMN, key).iloc[0]
    assert_allclose([row.value, row.upper], [0.75, 1])
    free = estimate([Ratio(c.right[0], c.loci[0]) for c in counts], key)
    assert free.upper > 1
