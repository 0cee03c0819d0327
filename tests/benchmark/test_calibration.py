"""QQ points and bands, and rates over simulations."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.stats import beta

from gxjax.benchmark.calibration import calibration_table, rejection_rate

COLUMN = (("saliency", "none"),)


def test_calibration_table__sets_quantiles_beside_uniform_ones():
    p = np.array([[0.5, np.nan, 0.1, 0.2]])
    table = calibration_table(p, COLUMN)
    assert_allclose(10 ** -table["expected"], [0.25, 0.5, 0.75])
    assert_allclose(10 ** -table["observed"], [0.1, 0.2, 0.5])
    assert_allclose(
        10 ** -table["upper"], beta(range(1, 4), range(3, 0, -1)).ppf(0.025)
    )
    assert_allclose(
        10 ** -table["lower"], beta(range(1, 4), range(3, 0, -1)).ppf(0.975)
    )


def test_calibration_table__holds_independent_uniform_values():
    """Bands are of each point: over many data sets 95 % of them hold the line."""
    p = np.random.default_rng(0).random((300, 400))
    table = calibration_table(p, COLUMN * 300, points=20)
    inside = table["observed"].between(table["lower"], table["upper"])
    assert 0.93 < inside.mean() < 0.97
    assert table.groupby("expected").ngroups <= 20


def test_calibration_table__is_empty_without_p_values():
    assert len(calibration_table(np.full((1, 3), np.nan), COLUMN)) == 0


@pytest.mark.parametrize(
    ("p", "options", "match"),
    [
        (np.zeros((1, 3)), {}, "p: found a value"),
        (np.ones((2, 3)), {}, "p: shape"),
        (np.ones((1, 3)), {"level": 1.0}, "level, points"),
    ],
)
def test_calibration_table__raises(p, options, match):
    with pytest.raises(ValueError, match=match):
        calibration_table(p, COLUMN, **options)


def test_rejection_rate__is_of_simulations():
    p = np.array([[0.01, 0.5], [0.5, 0.5], [0.01, 0.01], [0.5, 0.01]])
    rate = rejection_rate(p, 0.05)
    assert rate.value == 0.5
    half = 1.959964 * np.std([0.5, 0, 1, 0.5], ddof=1) / 2
    assert_allclose([rate.lower, rate.upper], [0.5 - half, 0.5 + half], rtol=1e-6)
    with pytest.raises(ValueError, match="simulations >= 2"):
        rejection_rate(p[:1], 0.05)
