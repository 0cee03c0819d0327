"""Components of spread: by definition, and recovered from simulated members."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from gxjax.benchmark.spread import COMPONENTS, spread_table
from gxjax.benchmark.stability import relative_standard_deviation

COLUMN = (("saliency", "none"),)


def ensembles(seed, members, sds, variants=2000):
    """Scores of three nested ensembles with the given sds of a mean of 1."""
    generator = np.random.default_rng(seed)
    total = np.sqrt(np.cumsum(np.square(sds)))
    shape = (1, members, variants)
    return [1 + sd * generator.standard_normal(shape) for sd in total]


def test_spread_table__is_nested_differences_of_squared_medians():
    three = ensembles(0, 4, (0.05, 0.1, 0.1))
    squares = [
        np.median(relative_standard_deviation(values[0])) ** 2 for values in three
    ]
    table = spread_table(*three, COLUMN)
    assert tuple(table["component"]) == COMPONENTS
    expected = [squares[0], squares[1] - squares[0], squares[2] - squares[1]]
    assert_allclose(table["value"], expected)
    assert_allclose(table["share"], np.array(expected) / squares[2])


def test_spread_table__recovers_the_components():
    table = spread_table(*ensembles(1, 40, (0.1, 0.05, 0.15)), COLUMN)
    assert_allclose(table["value"], [0.01, 0.0025, 0.0225], rtol=0.1)
    assert (table["lower"] <= table["value"]).all()
    assert (table["value"] <= table["upper"]).all()


def test_spread_table__sets_a_component_below_0_to_0():
    first, second, third = ensembles(2, 5, (0.1, 0.1, 0.1))
    table = spread_table(second, first, third, COLUMN)
    assert table["value"][1] == 0
    assert table["lower"][1] == 0
    assert_allclose(table["share"].sum(), 1)


def test_spread_table__interval_holds_the_component():
    """Members share a factor of scale, which is what makes a median RSD uncertain."""
    generator, held = np.random.default_rng(3), 0

    def draw(members, spread):
        factor = np.exp(spread * generator.standard_normal((1, members, 1)))
        return factor * (1 + 0.1 * generator.standard_normal((1, members, 100)))

    large = spread_table(*(draw(3000, s) for s in (0.1, 0.2, 0.3)), COLUMN)
    truth = large["value"].to_numpy()
    for _ in range(100):
        table = spread_table(*(draw(10, s) for s in (0.1, 0.2, 0.3)), COLUMN)
        held = held + ((table["lower"] <= truth) & (truth <= table["upper"]))
    assert (held >= 80).all()


def test_spread_table__without_scores_and_with_two_members():
    zeros = np.zeros((1, 3, 4))
    assert np.isnan(spread_table(zeros, zeros, zeros, COLUMN)["value"]).all()
    table = spread_table(*ensembles(4, 2, (0.1, 0.1, 0.1)), COLUMN)
    assert np.isnan(table["lower"]).all()
    assert (table["value"] >= 0).all()


def test_spread_table__raises():
    one, two, three = ensembles(5, 3, (0.1, 0.1, 0.1))
    with pytest.raises(ValueError, match="seed, data_order, bootstrap: shapes"):
        spread_table(one, two[:, :2], three, COLUMN)
    with pytest.raises(ValueError, match="members: found 1"):
        spread_table(one[:, :1], two[:, :1], three[:, :1], COLUMN)
