import numpy as np
import pytest
from scipy import stats

from gxjax.faithfulness import rank_agreement, sanity_table

COLUMNS = [("saliency", "none"), ("deeplift", "smoothgrad")]


@pytest.fixture
def values():
    """Scores [2, 3, 50], rounded so that many are tied."""
    drawn = np.random.default_rng(0).gamma(1, 1, (2, 3, 50))
    return np.round(drawn, 1).astype(np.float32)


def test_rank_agreement__is_spearmans(values):
    own, other = values
    expected = [
        stats.spearmanr(a, b).statistic for a, b in zip(own, other, strict=True)
    ]
    assert rank_agreement(own, other) == pytest.approx(expected)
    every = [[stats.spearmanr(a, b).statistic for b in other[:2]] for a in own]
    found = rank_agreement(own, other[:2], paired=False)
    assert found == pytest.approx(np.mean(every, axis=1))


def test_rank_agreement__of_counted_variants_and_of_equal_scores(values):
    own, other = values
    counted = np.arange(50) % 2 == 0
    expected = stats.spearmanr(own[1, ::2], other[1, ::2]).statistic
    found = rank_agreement(own, other, counted=counted)
    assert found[1] == pytest.approx(expected)
    other[2] = 1
    assert np.isnan(rank_agreement(own, other)).tolist() == [False, False, True]


def test_rank_agreement__raises_on_what_does_not_fit(values):
    own, other = values
    with pytest.raises(ValueError, match="as many members if paired"):
        rank_agreement(own, other[:2])
    with pytest.raises(ValueError, match="found NaN"):
        rank_agreement(own, other * np.nan)
    with pytest.raises(ValueError, match="1 variants that count"):
        rank_agreement(own, other, counted=np.arange(50) == 1)


def test_sanity_table__has_a_row_per_column_and_layer(values, key):
    others = {"output": values, "front": values[::-1], "labels": values[:, :2]}
    table = sanity_table(values, others, COLUMNS, key)
    assert list(table) == ["method", "noise", "layer", "value", "lower", "upper"]
    assert table["layer"].tolist() == [
        layer for layer in ("output", "front", "labels") for _ in COLUMNS
    ]
    assert table["value"].to_numpy()[:2] == pytest.approx(1)
    assert table["value"][2] == pytest.approx(rank_agreement(*values).mean())
    unpaired = rank_agreement(values[1], values[1, :2], paired=False)
    assert table["value"][5] == pytest.approx(unpaired.mean())
    assert (table["lower"] <= table["value"] + 1e-12).all()
    assert (table["upper"] >= table["value"] - 1e-12).all()


def test_sanity_table__leaves_out_networks_that_are_dead(values, key):
    dead = values[::-1].copy()
    dead[0, 1] = 0
    dead[1] = 0
    table = sanity_table(values, {"front": dead}, COLUMNS, key)
    alive = rank_agreement(values[0], dead[0])[[0, 2]]
    assert table["value"][0] == pytest.approx(alive.mean())
    assert table.loc[1, ["value", "lower", "upper"]].isna().all()


def test_sanity_table__raises_on_other_columns(values, key):
    with pytest.raises(ValueError, match=r"others\['front'\]"):
        sanity_table(values, {"front": values[:1]}, COLUMNS, key)
