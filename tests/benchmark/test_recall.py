"""Recall of ten columns counted by hand."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from gxjax.benchmark import (
    find_places,
    pair_recall,
    rank_columns,
    recall,
    recall_estimate,
    recall_table,
)
from gxjax.types import KINDS, Truth

NONE = np.full(10, np.nan, np.float32)
# 4 real, 2 additive, dominant, recessive, and a pair.
TRUTH = Truth(
    np.array([0, 0, 0, 0, 1, 1, 2, 3, 4, 4], np.int8),
    np.array([-1] * 8 + [9, 8], np.int32),
    NONE,
    NONE,
)
SCORES = np.array([5.0, 0, 0.1, 0.2, 9, 1, 8, 0.3, 7, 6])  # top 5: 4 6 8 9 0


def test_recall__counts_planted_variants_on_top():
    expected = {
        "additive": 1 / 2,
        "dominant": 1.0,
        "recessive": 0.0,
        "epistatic": 1.0,
        "nonadditive": 3 / 4,
        "all": 4 / 6,
    }
    for kind, value in expected.items():
        assert_allclose(recall(SCORES, TRUTH, 0.5, kind), value)


def test_pair_recall__needs_both_members():
    assert pair_recall(SCORES, TRUTH, 0.5) == 1.0
    assert pair_recall(SCORES, TRUTH, 0.7) == 0.0
    assert recall(SCORES, TRUTH, 0.7, "epistatic") == 0.5


def test_recall__is_nan_where_nothing_is_planted():
    plain = TRUTH._replace(kind=np.zeros(10, np.int8))
    assert np.isnan(recall(SCORES, plain, 0.5, "additive"))
    assert np.isnan(pair_recall(SCORES, plain, 0.5))


def test_recall__of_chance_is_one_minus_quantile():
    kind = np.r_[np.zeros(20_000, np.int8), np.ones(5000, np.int8)]
    none = np.full(25_000, np.nan)
    truth = Truth(kind, np.full(25_000, -1), none, none)
    random = np.random.default_rng(0).random(25_000)
    for scores in (random, np.zeros(25_000)):
        assert abs(recall(scores, truth, 0.9, "additive") - 0.1) < 0.015


def test_recall__raises_on_bad_arguments():
    with pytest.raises(ValueError, match="effect: found 'polygenic'"):
        recall(SCORES, TRUTH, 0.5, "polygenic")
    with pytest.raises(ValueError, match="scores: shape"):
        recall(SCORES[:4], TRUTH, 0.5, "all")


def places_of(values, columns, truth=TRUTH, **words):
    return find_places(rank_columns(values, columns, truth), truth, **words)


def test_recall_table__means_over_members_with_their_range(key):
    values = np.stack([SCORES, -SCORES])[None]  # reversed top 5: 1 2 3 7 5
    columns = (("saliency", "none"),)
    places = [places_of(values, columns)]
    table = recall_table(places, columns, key, quantiles=(0.5, 0.7), ks=())
    names = "method noise effect quantile k value lower upper least greatest planted"
    assert " ".join(table.columns) == names
    row = table.query("effect == 'all' and quantile == 0.5").iloc[0]
    assert_allclose([row.value, row.least, row.greatest], [0.5, 2 / 6, 4 / 6])
    assert (row.k, row.planted) == (5, 6)
    assert 0 <= row.lower < 0.5 < row.upper <= 1
    row = table.query("effect == 'epistatic_pair' and quantile == 0.5").iloc[0]
    assert_allclose([row.value, row.least, row.greatest, row.planted], [0.5, 0, 1, 1])


def test_recall_table__agrees_with_the_single_metrics(key):
    values = np.random.default_rng(0).random((2, 3, 10))
    columns = (("a", "none"), ("b", "smoothgrad"))
    places = [places_of(values, columns)]
    table = recall_table(places, columns, key, draws=50)
    # Every K up to 10 is that of a quantile, too, but 10 itself.
    assert len(table) == 2 * 7 * 21
    assert table["method"].tolist() == ["a"] * 147 + ["b"] * 147
    for row in table[table["k"] < 10].iloc[::3].itertuples():
        members = values[columns.index((row.method, row.noise))]
        if row.effect == "epistatic_pair":
            each = [pair_recall(scores, TRUTH, row.quantile) for scores in members]
        else:
            each = [recall(s, TRUTH, row.quantile, row.effect) for s in members]
        assert_allclose(row.value, np.mean(each))
        assert_allclose([row.least, row.greatest], [min(each), max(each)])
    assert (table[table["k"] == 10]["value"] == 1).all()
    assert (table[table["k"] == 10]["quantile"] == 0).all()


def test_recall_table__averages_replicates_and_estimates_alike(key):
    values = np.random.default_rng(1).random((2, 1, 3, 10))
    columns = (("a", "none"),)
    places = [places_of(each, columns) for each in values]
    table = recall_table(places, columns, key, quantiles=(0.6,), draws=80)
    found = recall_estimate(places, "nonadditive", 0.6, key, draws=80)
    row = table.query("effect == 'nonadditive' and k == 4").iloc[0]
    each = [recall(s, TRUTH, 0.6, "nonadditive") for s in values.reshape(6, 10)]
    assert_allclose(row.value, np.mean(each))
    assert row.planted == 8
    figures = [row.value, row.lower, row.upper, row.least, row.greatest]
    assert_allclose(figures, np.array(found[:5])[:, 0])
    assert_allclose(
        [found.lower[0], found.upper[0]], np.quantile(found.samples, [0.025, 0.975])
    )


def test_recall_table__takes_ld_into_account(key, make_neighbours):
    linked = make_neighbours(10, {(0, 7): 0.8, (7, 5): 0.8})
    columns = (("a", "none"),)
    places = [places_of(SCORES[None, None], columns, neighbours=linked)]
    table = recall_table(places, columns, key, quantiles=(0.5,), ks=(1,))
    value = table.query("k == 5").set_index("effect")["value"]
    # Column 0 finds the recessive one, which is no finding of column 5's.
    assert_allclose(value[["recessive", "additive", "all"]], [1, 1 / 2, 5 / 6])
    assert table.query("k == 1")["quantile"].tolist() == [0.9] * 7


def test_recall_table__scores_a_gwas_and_omits_absent_kinds(key):
    kind = np.where(TRUTH.kind == 2, 0, TRUTH.kind)
    truth = TRUTH._replace(kind=kind)
    columns = (("gwas", "none"),)
    significant = np.arange(10) < 2
    places = [places_of(SCORES[None, None], columns, truth, significant=significant)]
    table = recall_table(places, columns, key, quantiles=(0.5,), ks=())
    assert "dominant" not in set(table.effect)
    row = table.query("effect == 'gwas_significant'").iloc[0]
    assert_allclose([row.value, row.planted], [0.5, 2])
    assert table.query("effect == 'all'")["planted"].tolist() == [5]


def test_recall_table__raises_on_wrong_arguments(key):
    columns = (("a", "b"),)
    places = places_of(SCORES[None, None], columns)
    for replicates, message in (
        ([], r"replicates: \[\] score columns"),
        ([places] * 2, r"replicates: \[1, 1\] score columns; expected 2"),
    ):
        with pytest.raises(ValueError, match=message):
            recall_table(replicates, columns * 2, key)
    with pytest.raises(ValueError, match="ks: found 0"):
        recall_table([places], columns, key, ks=(0,))
    with pytest.raises(ValueError, match="effect: no three_way unit is planted"):
        recall_estimate([places], "three_way", 0.5, key)


def test_recall__effects_have_draws_of_their_own(key):
    """A mean over effects is as sure as independent units make it."""
    scores = np.random.default_rng(3).random((40, 1, 60))
    kind = np.repeat([0, 1, 2, 3], 15).astype(np.int8)
    none = np.full(60, np.nan, np.float32)
    truth = Truth(kind, np.full(60, -1), none, none)
    columns = [(f"{c}", "none") for c in range(40)]
    places = [places_of(scores, columns, truth)]
    effects = [KINDS[k] for k in (1, 2, 3)]
    drawn = [recall_estimate(places, e, 0.5, key, draws=300).samples for e in effects]
    apart = np.sqrt(sum(each.var(axis=0) for each in drawn)) / 3
    assert_allclose(np.mean(drawn, axis=0).std(axis=0).mean(), apart.mean(), rtol=0.05)
    for first, second in ((0, 1), (0, 2), (1, 2)):
        same = [
            np.corrcoef(drawn[first][:, c], drawn[second][:, d])[0, 1]
            for c in range(40)
            for d in range(5)
        ]
        assert np.std(same) < 0.09


def test_recall__effects_share_the_draws_of_their_networks(key):
    """Of networks that find all or nothing, effects are found in the same draws."""
    kind = np.repeat([0, 1, 2], [40, 10, 10]).astype(np.int8)
    none = np.full(60, np.nan, np.float32)
    truth = Truth(kind, np.full(60, -1), none, none)
    scores = np.random.default_rng(3).random((1, 4, 60))
    scores[:, :2, 40:] += 1
    scores[:, 2:, 40:] -= 1
    places = [places_of(scores, (("a", "none"),), truth)]
    one, other = (
        recall_estimate(places, effect, 0.5, key, draws=100).samples
        for effect in ("additive", "dominant")
    )
    assert one.std() > 0.1
    assert_allclose(one, other)


def test_recall__stays_within_0_and_1(key):
    good, bad = np.arange(10.0)[None, None], -np.arange(10.0)[None, None]
    columns = (("a", "none"),)
    places = [places_of(each, columns) for each in (good, bad, good)]
    table = recall_table(places, columns, key, draws=80)
    assert ((table.lower >= 0) & (table.upper <= 1)).all()
    assert (table.query("value == 0")["upper"] > 0).all()
