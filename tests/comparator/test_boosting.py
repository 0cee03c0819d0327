import sys

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from gxjax.comparator import boosting_score, fit_boosting


@pytest.fixture(autouse=True)
def library(peer):
    """LightGBM, which CI may not go without."""
    return peer("lightgbm")


@pytest.fixture
def pair(make_study):
    """600 people, 12 columns; 4 and 9 matter together, 2 is constant, 7 not typed."""
    draw = np.random.default_rng(2)
    codes = draw.binomial(2, 0.4, (600, 12)).astype(np.uint8)
    codes[:, 2] = 1
    y = 4.0 * ((codes[:, 4] == 2) & (codes[:, 9] > 0)) + draw.normal(size=600)
    return make_study([(codes, 2, None)], y, typed=np.arange(12) != 7)


def test_boosting_score__finds_an_interaction_and_hides_the_rest(pair):
    scores = boosting_score(pair.inputs)
    assert set(np.argsort(-scores)[:2]) == {4, 9}
    assert_array_equal(np.flatnonzero(np.isneginf(scores)), [2, 7])


def test_fit_boosting__is_stopped_by_validation_and_repeats(pair):
    calls = []
    inputs = pair.inputs._replace(progress=lambda *each: calls.append(each[:2]))
    one, two = (
        fit_boosting(inputs, rounds=200, patience=5, learning_rate=0.3)
        for _ in range(2)
    )
    assert 0 < one.rounds < 200
    assert_array_equal(one.gains, two.gains)
    assert (1, 200) in calls
    assert calls[-1] == (200, 200)


def test_fit_boosting__gains_are_lightgbms_own(pair, library):
    fit = fit_boosting(pair.inputs, rounds=10, patience=10, leaves=4)
    columns = np.setdiff1d(np.arange(12), [2, 7])
    settings = {"num_leaves": 4, "learning_rate": 0.05, "verbosity": -1}
    data = library.Dataset(
        pair.dosages[np.ix_(pair.train, columns)], pair.inputs.phenotype[pair.train]
    )
    gains = library.train(settings, data, 10).feature_importance("gain")
    assert fit.rounds == 10
    np.testing.assert_allclose(fit.gains[columns], gains, rtol=1e-3)


def test_fit_boosting__screens_within_a_bound(pair):
    fit = fit_boosting(pair.inputs, most_bytes=4 * 600 * 3)
    assert len(fit.screened) == 3
    assert 4 in fit.screened


def test_fit_boosting__too_few_people_for_a_split(make_study, random_codes):
    y = np.random.default_rng(0).normal(size=20)
    study = make_study([(random_codes(20, 5, missing=0), 2, None)], y)
    assert_array_equal(fit_boosting(study.inputs).gains, np.zeros(5))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"rounds": 0}, "rounds: 0"),
        ({"leaves": 1}, "leaves: 1"),
        ({"patience": 0}, "patience: 0"),
        ({"learning_rate": 0.0}, r"learning_rate: 0\.0"),
        ({"most_bytes": 4}, "most_bytes: 4"),
    ],
)
def test_fit_boosting__raises_on_arguments(pair, arguments, message):
    with pytest.raises(ValueError, match=message):
        fit_boosting(pair.inputs, **arguments)


def test_fit_boosting__names_the_extra_that_is_missing(pair, monkeypatch):
    monkeypatch.setitem(sys.modules, "lightgbm", None)
    with pytest.raises(ValueError, match=r"pip install 'gxjax\[boosting\]'"):
        fit_boosting(pair.inputs)
