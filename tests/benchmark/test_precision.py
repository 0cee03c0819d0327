"""Precision of six columns counted by hand."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from gxjax.benchmark import precision, precision_table
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


def test_precision_table__means_over_members_with_their_range():
    values = np.array([[[6, 5, 4, 3, 2, 1], [6, 5, 1, 4, 2, 3]]], float)
    table = precision_table(values, (("saliency", "none"),), TRUTH, (0.5,))
    names = "method noise quantile k value lower upper decoys real"
    assert " ".join(table.columns) == names
    row = table.iloc[0]
    assert_allclose(
        row[["k", "value", "lower", "upper", "decoys", "real"]].astype(float),
        [3, 0.75, 0.5, 1.0, 0.5, 2.5],
    )


def test_precision_table__raises_without_decoys_or_on_shape():
    values = np.ones((1, 1, 6))
    plain = TRUTH._replace(kind=np.zeros(6, np.int8))
    with pytest.raises(ValueError, match="no decoy"):
        precision_table(values, (("a", "none"),), plain)
    with pytest.raises(ValueError, match="values: shape"):
        precision_table(values[..., :5], (("a", "none"),), TRUTH)
