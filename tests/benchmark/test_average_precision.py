"""Average precision beside a walk down the ranking, one column after another."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from gxjax.benchmark import (
    average_precision_estimate,
    average_precision_table,
    count_false,
    find_places,
    rank_columns,
)

COLUMN = (("a", "none"),)


def counts_of(values, columns, truth, **words):
    ranking = rank_columns(values, columns, truth)
    places = find_places(ranking, truth, **words)
    return count_false(ranking, places, truth, **words)


def walk(scores, is_positive):
    """Average precision and the area by trapezoids, as sklearn defines both."""
    order = np.argsort(-scores, kind="stable")
    hits = 0
    recalls, precisions = [0.0], [1.0]
    for listed, column in enumerate(order, start=1):
        hits += bool(is_positive[column])
        recalls.append(hits / is_positive.sum())
        precisions.append(hits / listed)
    steps = np.diff(recalls)
    return (steps * precisions[1:]).sum(), np.trapezoid(precisions, recalls)


def test_average_precision__by_hand(make_truth, key):
    truth = make_truth(["additive", "real", "additive", "real", "polygenic"])
    # Precision at the planted ones: 1 of 1, then 2 of 3, for polygenic is no mistake.
    scores = np.array([9.0, 8, 6, 1, 7])[None, None]
    counts = counts_of(scores, COLUMN, truth)
    assert counts.negatives == 2
    table = average_precision_table([counts], COLUMN, key, draws=20)
    names = "method noise effect value lower upper least greatest planted chance auprc"
    assert " ".join(table.columns) == names
    assert table["effect"].tolist() == ["additive", "all"]
    assert_allclose(table["value"], (1 + 2 / 3) / 2)
    assert_allclose(table["auprc"], (1 + (1 / 2 + 2 / 3) / 2) / 2)
    assert_allclose(table["chance"], 2 / 4)
    assert table["planted"].tolist() == [2, 2]


def test_average_precision_table__without_ld_is_the_usual_one(make_truth, key):
    generator = np.random.default_rng(0)
    kinds = np.array(["real"] * 150 + ["additive"] * 10 + ["recessive"] * 12)
    truth = make_truth(kinds)
    columns = (("a", "none"), ("b", "none"))
    values = generator.normal(size=(2, 3, len(kinds)))
    values[..., 150:] += 1
    counts = counts_of(values, columns, truth)
    table = average_precision_table([counts], columns, key, draws=30)
    groups = {
        "additive": ("additive",),
        "recessive": ("recessive",),
        "nonadditive": ("recessive",),
        "all": ("additive", "recessive"),
    }
    assert set(table["effect"]) == set(groups)
    for row in table.itertuples():
        # Planted columns of other effects take no part.
        kept = (kinds == "real") | np.isin(kinds, groups[row.effect])
        members = values[columns.index((row.method, row.noise))][:, kept]
        each = [walk(scores, kinds[kept] != "real") for scores in members]
        expected, area = np.mean(each, axis=0)
        assert_allclose([row.value, row.auprc], [expected, area], rtol=1e-5)
        assert row.lower < row.value < row.upper
        planted = (kinds[kept] != "real").sum()
        assert row.lower >= 0
        assert row.upper <= 1
        assert_allclose(row.chance, planted / kept.sum())
    one = average_precision_estimate([counts], "all", key, draws=30)
    assert_allclose(one.value, table.query("effect == 'all'")["value"])


def test_average_precision__takes_ld_into_account(make_truth, make_neighbours, key):
    kinds = ["additive", "real", "real", "real", "epistatic", "epistatic", "real"]
    truth = make_truth(kinds, [-1, -1, -1, -1, 5, 4, -1])
    linked = make_neighbours(7, {(0, 1): 0.9, (5, 6): 0.3})
    # In order: 1 (tags 0), 2 (wrong), 4, 0, 3 (wrong), 5, 6 (wrong).
    scores = np.array([4.0, 7, 6, 3, 5, 2, 1])[None, None]
    counts = counts_of(scores, COLUMN, truth, neighbours=linked)
    table = average_precision_table([counts], COLUMN, key, draws=9).set_index("effect")
    assert counts.negatives == 3
    value = table["value"]
    assert_allclose(value["additive"], 1)
    assert_allclose(value["epistatic"], (1 / 2 + 2 / 4) / 2)
    assert_allclose(value["epistatic_pair"], 1 / 3)
    assert_allclose(value["all"], (1 + 2 / 3 + 3 / 5) / 3)
    # One pair, one member: nothing to resample.
    row = table.loc["epistatic_pair"]
    assert row["lower"] == row["upper"] == row["value"]


def test_average_precision__of_what_can_not_be_found_is_0(make_truth, key):
    typed = np.array([False, True, True, True])
    truth = make_truth(["additive", "additive", "real", "real"], typed=typed)
    counts = counts_of(np.array([9.0, 3, 2, 1])[None, None], COLUMN, truth)
    assert counts.negatives == 2
    table = average_precision_table([counts], COLUMN, key, draws=9)
    assert_allclose(table["value"], 1 / 2)
    assert_allclose(table["auprc"], 1 / 2)


def test_average_precision__raises_on_what_does_not_fit(make_truth, key):
    truth = make_truth(["additive", "real"])
    values = np.ones((1, 1, 2))
    counts = counts_of(values, COLUMN, truth)
    with pytest.raises(ValueError, match="expected 2 in each"):
        average_precision_table([counts], COLUMN * 2, key)
    with pytest.raises(ValueError, match="no dominant unit is planted"):
        average_precision_estimate([counts], "dominant", key)
    ranking = rank_columns(np.ones((1, 3, 2)), COLUMN, truth)
    with pytest.raises(ValueError, match="give the places of this ranking"):
        count_false(ranking, counts.places, truth)


def test_average_precision__stays_within_0_and_1_effect_by_effect(make_truth, key):
    # The first unit of each effect is on top, the others are hidden.
    kinds = ["additive"] * 9 + ["dominant"] * 9 + ["recessive"] * 9 + ["real"] * 9
    typed = np.arange(36) % 9 == 0
    truth = make_truth(kinds, typed=typed | (np.arange(36) >= 27))
    counts = counts_of(-np.arange(36.0)[None, None], COLUMN, truth)
    one, other = (
        average_precision_estimate([counts], effect, key, draws=400).samples[:, 0]
        for effect in ("additive", "dominant")
    )
    # As many units, but not the same draws.
    assert abs(np.corrcoef(one, other)[0, 1]) < 0.2
    table = average_precision_table([counts], COLUMN, key, draws=400)
    rows = table.set_index("effect")
    assert_allclose(rows.upper["additive"], np.quantile(one, 0.975))
    assert_allclose(rows.upper["dominant"], np.quantile(other, 0.975))
    truth = make_truth(["additive"] * 2 + ["real"] * 2)
    good, bad = (
        counts_of(np.array(scores)[None, None], COLUMN, truth)
        for scores in ([4.0, 3, 2, 1], [1.0, 2, 3, 4])
    )
    every = average_precision_table([good], COLUMN, key, draws=20)
    assert_allclose(every["lower"], 0.025**0.5)
    mixed = average_precision_table([good, bad], COLUMN, key, draws=400)
    assert (mixed["upper"] == 1).all()
