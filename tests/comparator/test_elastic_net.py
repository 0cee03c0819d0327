import sys

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from gxjax.comparator import elastic_net_score, fit_elastic_net, gwas_score


@pytest.fixture(autouse=True)
def library(peer):
    """scikit-learn's linear models, which CI may not go without."""
    return peer("sklearn.linear_model")


def test_fit_elastic_net__equals_sklearn_at_each_penalty(study, library):
    fit = fit_elastic_net(study.inputs, mixing=0.7)
    y = study.inputs.phenotype
    train, held = study.train, study.validation
    assert fit.converged.all()
    for place in range(0, len(fit.penalties), 6):
        model = library.ElasticNet(
            alpha=fit.penalties[place], l1_ratio=0.7, tol=1e-8, max_iter=100_000
        ).fit(study.z[train], y[train])
        score = model.score(study.z[held], y[held])
        assert_allclose(fit.validation[place], score, atol=0.01)
        if place == 0:
            assert fit.selected[0] == 0
    model = library.ElasticNet(
        alpha=fit.penalties[fit.chosen], l1_ratio=0.7, tol=1e-10, max_iter=100_000
    ).fit(study.z[train], y[train])
    assert_allclose(fit.weights, model.coef_, atol=0.02)
    assert fit.validation[fit.chosen] == fit.validation[fit.selected > 0].max()
    assert fit.validation[fit.chosen] > 0.4


def test_fit_elastic_net__ends_where_validation_no_longer_gains(study):
    short = fit_elastic_net(study.inputs, patience=2)
    long = fit_elastic_net(study.inputs, patience=60)
    assert len(long.penalties) == 60
    assert len(short.penalties) < 60
    assert len(short.penalties) - 1 - short.chosen == 2
    assert (np.diff(long.penalties) < 0).all()
    assert_allclose(long.penalties[-1], long.penalties[0] / 1000)


def test_fit_elastic_net__says_where_it_did_not_converge(study, monkeypatch):
    module = sys.modules["gxjax.comparator.elastic_net"]
    monkeypatch.setattr(module, "_SWEEPS", 2)
    fit = fit_elastic_net(study.inputs)
    assert not fit.converged.all()
    assert np.abs(fit.weights).argmax() == 3


def test_fit_elastic_net__screens_by_gwas_within_a_bound(study):
    inputs = study.inputs
    fit = fit_elastic_net(inputs, most_bytes=4 * 240 * 5 + 3)
    marginal = gwas_score(inputs.arm, inputs.phenotype, study.train)
    assert_array_equal(fit.screened, np.sort(np.argsort(-marginal)[:5]))
    assert set(np.flatnonzero(fit.weights)) <= set(fit.screened)


def test_elastic_net_score__is_0_where_nothing_is_selected(make_study, random_codes):
    codes = random_codes(200, 40, missing=0.02)
    codes[:, 9] = 2
    y = 2.0 * (codes[:, 3] % 3) + np.random.default_rng(1).normal(size=200)
    typed = np.arange(40) != 20
    inputs = make_study([(codes, 2, None)], y, typed=typed).inputs
    scores = elastic_net_score(inputs)
    assert scores.argmax() == 3
    assert_array_equal(np.flatnonzero(np.isneginf(scores)), [9, 20])
    assert (scores == 0).sum() > 5


def test_elastic_net_score__selects_a_column_under_a_null(make_study, random_codes):
    codes = random_codes(80, 30)
    y = np.random.default_rng(8).normal(size=80)
    fit = fit_elastic_net(make_study([(codes, 2, None)], y).inputs)
    assert fit.selected[fit.chosen] > 0


def test_fit_elastic_net__of_a_binary_trait(study):
    y = (study.inputs.phenotype > 171).astype(np.float32)
    fit = fit_elastic_net(study.inputs._replace(phenotype=y))
    assert np.abs(fit.weights).argmax() == 3


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"mixing": 0.0}, "mixing: 0.0"),
        ({"steps": 1}, "steps: 1"),
        ({"patience": 0}, "patience: 0"),
        ({"most_bytes": 900}, "most_bytes: 900; expected at least 960"),
    ],
)
def test_fit_elastic_net__raises_on_arguments(study, arguments, message):
    with pytest.raises(ValueError, match=message):
        fit_elastic_net(study.inputs, **arguments)
