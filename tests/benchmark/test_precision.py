"""Precision of six columns counted by hand."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from gxjax.benchmark import (
    count_nulls,
    precision,
    precision_estimate,
    precision_table,
    rank_columns,
)
from gxjax.benchmark.blocks import count_above, genome_blocks
from gxjax.types import Truth

NONE = np.full(6, np.nan, np.float32)
TRUTH = Truth(
    np.array([0, 0, 0, 5, 5, 5], np.int8),
    np.array([-1, -1, -1, 0, 1, 2], np.int32),
    NONE,
    NONE,
)


@pytest.mark.parametrize(
    ("scores", "expected"),
    [
        ([6, 5, 4, 3, 2, 1], 1.0),
        ([6, 5, 1, 4, 2, 3], 1 - 1 / 2),
        ([6, 1, 2, 5, 4, 3], 1 - 2 / 1),  # more decoys than real: negative
        ([1, 2, 3, 6, 5, 4], 0.0),  # no real variant in
    ],
)
def test_precision__is_one_minus_decoys_per_real(scores, expected):
    assert precision(np.array(scores, float), TRUTH, 0.5) == expected


def test_precision__of_chance_is_near_zero():
    none = np.full(20_000, np.nan)
    kind = np.repeat(np.array([0, 5], np.int8), 10_000)
    truth = Truth(kind, np.full(20_000, -1), none, none)
    random = np.random.default_rng(0).random(20_000)
    for scores in (random, np.zeros(20_000)):
        assert abs(precision(scores, truth, 0.8)) < 0.08


def test_precision__of_knockoffs_and_effects():
    truth = TRUTH._replace(kind=np.array([1, 0, 8, 9, 9, 9], np.int8))
    assert precision(np.array([6.0, 5, 1, 4, 2, 3]), truth, 0.5) == 1 - 1 / 2


def counts_of(values, truth=TRUTH, **words):
    columns = [("m", str(c)) for c in range(len(values))]
    return count_nulls(rank_columns(values, columns, truth), truth, **words)


def test_precision_table__means_over_members_with_their_range(key):
    values = np.array([[[6, 5, 4, 3, 2, 1], [6, 5, 1, 4, 2, 3]]], float)
    counts = counts_of(values, quantiles=(0.5,))
    table = precision_table([counts], (("saliency", "none"),), key)
    names = (
        "method noise null counted quantile k value lower upper least greatest decoys "
        "real"
    )
    assert " ".join(table.columns) == names
    row = table.iloc[0]
    assert (row.null, row.counted) == ("permuted", "variant")
    assert_allclose(
        row[["k", "value", "least", "greatest", "decoys", "real"]].astype(float),
        [3, 0.75, 0.5, 1.0, 0.5, 2.5],
    )
    assert row.lower < 0.75 <= row.upper <= 1


def test_precision_table__agrees_with_the_single_metric(key):
    generator = np.random.default_rng(3)
    kind = np.repeat(np.array([0, 5], np.int8), 200)
    partner = np.r_[np.full(200, -1), generator.permutation(200)]
    none = np.full(400, np.nan)
    truth = Truth(kind, partner, none, none)
    replicates = generator.random((2, 2, 3, 400)) * (1.2 - 0.2 * (kind > 0))
    counts = [counts_of(values, truth) for values in replicates]
    columns = (("a", "none"), ("b", "none"))
    table = precision_table(counts, columns, key, draws=60)
    assert len(table) == 2 * 6
    for row in table.itertuples():
        at = columns.index((row.method, row.noise))
        members = replicates[:, at].reshape(6, 400)
        each = [precision(scores, truth, row.quantile) for scores in members]
        assert_allclose(row.value, np.mean(each), rtol=1e-6)
        assert_allclose([row.least, row.greatest], [min(each), max(each)], rtol=1e-6)
        assert row.lower <= row.value <= row.upper
        assert row.lower < row.upper or row.least == 1
        assert_allclose(row.decoys + row.real, row.k)
    one = precision_estimate(counts, 0.9, key, draws=60)
    rows = table[table["quantile"] == 0.9]
    assert_allclose(one.value, rows["value"])
    assert_allclose(one.lower, rows["lower"])


def test_count_nulls__counts_a_clumped_locus_once(make_neighbours):
    # 0 takes 1; the decoys 3 and 4 are as their originals; 2 and 5 are alone.
    linked = make_neighbours(6, {(0, 1): 0.8, (3, 4): 0.8})
    values = np.array([6.0, 5, 1, 4, 3, 2])[None, None]
    found = counts_of(values, neighbours=linked, quantiles=(0.5, 0.2, 0.0), blocks=3)
    assert found.counted == "locus"
    assert found.ks == (3, 5, 6)
    assert_allclose(found.real.sum(axis=3).ravel(), [1, 1, 2])
    assert_allclose(found.nulls.sum(axis=3).ravel(), [1, 2, 2])
    assert_allclose(found.nulls[2, 0, 0], [1, 0, 1])
    weak = counts_of(values, neighbours=linked, quantiles=(0.5,), r2=0.9)
    assert_allclose([weak.real.sum(), weak.nulls.sum()], [2, 1])


def test_genome_blocks__hold_a_null_with_its_original(make_truth):
    kinds = ["real", "additive", "real", "real", "decoy", "decoy", "decoy", "decoy"]
    truth = make_truth(kinds, [-1, -1, -1, -1, 3, 0, 2, 1])
    assert genome_blocks(truth, 2).tolist() == [0, 0, 1, 1, 1, 0, 1, 0]
    assert genome_blocks(truth, 100).tolist() == [0, 25, 50, 75, 75, 0, 50, 25]
    with pytest.raises(ValueError, match="without a real partner"):
        genome_blocks(truth._replace(partner=np.full(8, -1)), 2)
    with pytest.raises(ValueError, match="blocks: found 0"):
        genome_blocks(truth, 0)


def test_count_above__is_a_plain_count():
    generator = np.random.default_rng(0)
    places, labels = generator.permutation(50), generator.integers(0, 4, 50)
    ks = (20, 5, 50)
    expected = [[((places < k) & (labels == a)).sum() for a in range(4)] for k in ks]
    assert_allclose(count_above(places, labels, 4, ks), expected)


def test_precision_table__raises_without_nulls_or_on_other_replicates(key):
    values = np.ones((1, 1, 6))
    plain = TRUTH._replace(kind=np.zeros(6, np.int8))
    with pytest.raises(ValueError, match="no decoy and no knockoff"):
        counts_of(values, plain)
    both = TRUTH._replace(kind=np.array([0, 0, 0, 5, 5, 9], np.int8))
    with pytest.raises(ValueError, match="decoys and knockoffs"):
        counts_of(values, both)
    counts = counts_of(values)
    with pytest.raises(ValueError, match="expected one kind, of 2 score columns"):
        precision_table([counts], (("a", "b"), ("c", "d")), key)
    with pytest.raises(ValueError, match="replicates: of"):
        precision_table([counts, counts._replace(counted="locus")], (("a", ""),), key)
    with pytest.raises(ValueError, match=r"quantile: found 0\.5; counted at"):
        precision_estimate([counts], 0.5, key)
    ranking = rank_columns(values, (("a", ""),), TRUTH)
    short = Truth(*(part[3:] for part in TRUTH[:4]))
    with pytest.raises(ValueError, match="ranking: 6 columns; the truth has 3"):
        count_nulls(ranking, short)


def test_precision_table__without_a_decoy_on_top_is_not_certain(key):
    # Three real columns of three blocks: 0 of 3 is "0 to 0.71", odds 2.42.
    counts = counts_of(np.array([6.0, 5, 4, 3, 2, 1])[None, None], quantiles=(0.5,))
    one = precision_estimate([counts], 0.5, key)
    assert_allclose([one.value, one.upper], 1)
    assert_allclose(one.lower, 1 - (1 - 0.025 ** (1 / 3)) / 0.025 ** (1 / 3))


def test_precision_table__is_never_above_1(key):
    good, bad = np.array([[[6.0, 5, 4, 3, 2, 1]], [[4.0, 2, 1, 6, 5, 3]]])[:, None]
    counts = [counts_of(values, quantiles=(0.5,)) for values in (good, bad, good)]
    one = precision_estimate(counts, 0.5, key)
    assert one.samples.max() == 1
    assert_allclose(one.upper, 1)
    assert one.samples.min() < 0
    table = precision_table(counts, (("a", "none"),), key)
    assert_allclose(table[["lower", "upper"]], [[one.lower[0], 1]])
