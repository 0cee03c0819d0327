"""Recall of ten columns counted by hand."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from gxjax.benchmark import pair_recall, recall, recall_table
from gxjax.types import Truth

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
    with pytest.raises(ValueError, match="kind: found 'polygenic'"):
        recall(SCORES, TRUTH, 0.5, "polygenic")
    with pytest.raises(ValueError, match="scores: shape"):
        recall(SCORES[:4], TRUTH, 0.5, "all")


def test_recall_table__means_over_members_with_their_range():
    values = np.stack([SCORES, -SCORES])[None]  # reversed top 5: 1 2 3 7 5
    columns = (("saliency", "none"),)
    table = recall_table(values, columns, TRUTH, (0.5, 0.7))
    names = "method noise effect quantile k value lower upper planted"
    assert " ".join(table.columns) == names
    row = table.query("effect == 'all' and quantile == 0.5").iloc[0]
    assert_allclose([row.value, row.lower, row.upper], [0.5, 2 / 6, 4 / 6])
    assert (row.k, row.planted) == (5, 6)
    row = table.query("effect == 'epistatic_pair' and quantile == 0.5").iloc[0]
    assert_allclose([row.value, row.lower, row.upper, row.planted], [0.5, 0, 1, 1])


def test_recall_table__agrees_with_the_single_metrics():
    values = np.random.default_rng(0).random((2, 3, 10))
    columns = (("a", "none"), ("b", "smoothgrad"))
    table = recall_table(values, columns, TRUTH)
    assert len(table) == 2 * 7 * 20
    for row in table.itertuples():
        members = values[columns.index((row.method, row.noise))]
        if row.effect == "epistatic_pair":
            each = [pair_recall(scores, TRUTH, row.quantile) for scores in members]
        else:
            each = [recall(s, TRUTH, row.quantile, row.effect) for s in members]
        assert_allclose(row.value, np.mean(each))
        assert_allclose([row.lower, row.upper], [min(each), max(each)])


def test_recall_table__scores_a_gwas_and_omits_absent_kinds():
    kind = np.where(TRUTH.kind == 2, 0, TRUTH.kind)
    truth = TRUTH._replace(kind=kind)
    significant = np.arange(10) < 2
    table = recall_table(
        SCORES[None, None], (("gwas", "none"),), truth, (0.5,), significant
    )
    assert "dominant" not in set(table.effect)
    row = table.query("effect == 'gwas_significant'").iloc[0]
    assert_allclose([row.value, row.planted], [0.5, 2])


def test_recall_table__raises_on_shape():
    with pytest.raises(ValueError, match="values: shape"):
        recall_table(SCORES[None, None], (("a", "b"), ("c", "d")), TRUTH)
