import sys

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from gxjax.comparator import fit_ridge, ridge_score
from gxjax.ensemble import MLP
from gxjax.ensemble.loss import squared_error
from gxjax.types import TRAIN

module = sys.modules["gxjax.comparator.ridge"]
columns_module = sys.modules["gxjax.comparator.columns"]


def expected_fit(study, fit, peer, people, columns):
    """scikit-learn's weights and R^2 at every penalty of a fit."""
    linear = peer("sklearn.linear_model")
    y = study.inputs.phenotype
    x = study.z[:, columns]
    for penalty, score in zip(fit.penalties, fit.validation, strict=True):
        model = linear.Ridge(alpha=penalty).fit(x[people], y[people])
        yield (
            model.coef_,
            model.score(x[study.validation], y[study.validation]),
            score,
        )


@pytest.mark.parametrize("strip", [1 << 26, 8000])
def test_fit_ridge__by_columns_equals_sklearn(study, peer, monkeypatch, strip):
    monkeypatch.setattr(columns_module, "_STRIP", strip)
    fit = fit_ridge(study.inputs)
    assert_array_equal(fit.people, study.train)
    found = list(expected_fit(study, fit, peer, study.train, slice(None)))
    for _, score, ours in found:
        assert_allclose(ours, score, rtol=1e-4, atol=1e-5)
    assert fit.chosen == np.argmax([score for _, score, _ in found])
    assert_allclose(fit.weights, found[fit.chosen][0], atol=1e-4)
    assert fit.validation[fit.chosen] > 0.4
    assert_array_equal(ridge_score(study.inputs), np.abs(fit.weights))


@pytest.mark.parametrize("strip", [1 << 26, 2000])
def test_fit_ridge__by_people_equals_sklearn(
    make_study, random_codes, peer, monkeypatch, strip
):
    monkeypatch.setattr(columns_module, "_STRIP", strip)
    codes = random_codes(60, 90, missing=0.05)
    codes[:, 7] = 1
    y = (codes[:, 3] % 3) + np.random.default_rng(1).normal(size=60)
    typed = np.arange(90) != 11
    study = make_study([(codes, 2, None)], y, typed=typed)
    fit = fit_ridge(study.inputs, heritabilities=(0.1, 0.5, 0.9))
    columns = np.setdiff1d(np.arange(90), [7, 11])
    found = list(expected_fit(study, fit, peer, study.train, columns))
    assert_allclose(fit.validation, [each[1] for each in found], rtol=1e-4, atol=1e-5)
    assert_allclose(fit.weights[columns], found[fit.chosen][0], atol=1e-5)
    assert_array_equal(fit.weights[[7, 11]], [0, 0])
    assert_array_equal(np.flatnonzero(np.isneginf(ridge_score(study.inputs))), [7, 11])


def test_fit_ridge__penalty_is_that_of_its_heritability(study):
    fit = fit_ridge(study.inputs, heritabilities=(0.2, 0.5))
    x = study.z[study.train]
    total = ((x - x.mean(axis=0)[None]) ** 2).sum() / len(x)
    assert_allclose(fit.penalties, [4 * total, total], rtol=1e-5)


def test_fit_ridge__many_people_and_columns_are_a_draw_of_people(study):
    first, second = (fit_ridge(study.inputs, most=40) for _ in range(2))
    assert len(np.unique(first.people)) == 40
    assert set(first.people) <= set(study.train)
    assert_array_equal(first.weights, second.weights)
    assert first.people.max() > study.train[40]


def test_fit_ridge__nothing_of_test_people_enters(study):
    inputs = study.inputs
    split = np.where(inputs.split == TRAIN, 0, 1).astype(np.int8)
    away = study.train[:30]
    split[away] = 2
    told = inputs.phenotype.copy()
    told[away] = np.nan
    assert_array_equal(
        fit_ridge(inputs._replace(split=split)).weights,
        fit_ridge(inputs._replace(split=split, phenotype=told)).weights,
    )


def test_fit_ridge__is_where_a_linear_network_arrives(study):
    fit = fit_ridge(study.inputs)
    z = jnp.asarray(study.z[study.train], jnp.float32)
    y = jnp.asarray(study.inputs.phenotype[study.train], jnp.float32)
    decay = 2 * fit.penalties[fit.chosen] / len(y)
    network = MLP(())
    start = network.init(jax.random.key(0), z[:1], train=False)
    leaves, shape = jax.tree.flatten(start["params"])
    weights = jnp.asarray(fit.weights, jnp.float32)
    bias = jnp.mean(y - z @ weights)
    end = jax.tree.unflatten(
        shape, [(weights if x.size > 1 else bias).reshape(x.shape) for x in leaves]
    )

    def loss(parameters):
        predicted = network.apply({"params": parameters}, z, train=False)
        penalty = sum(jnp.sum(x**2) for x in jax.tree.leaves(parameters) if x.size > 1)
        return squared_error(predicted, y, 1.0) + decay / 2 * penalty

    for slope in jax.tree.leaves(jax.grad(loss)(end)):
        assert_allclose(slope, 0, atol=1e-4)


def test_fit_ridge__says_how_far_it_is(make_study, random_codes, study):
    wide = make_study([(random_codes(40, 90), 2, None)], np.arange(40.0))
    for inputs in (study.inputs, wide.inputs):
        calls = []
        fit_ridge(inputs._replace(progress=lambda *each, to=calls: to.append(each)))
        assert calls == sorted(calls)
        assert calls[0] == (0, 100, "ridge")
        assert calls[-1] == (100, 100, "ridge")


def test_fit_ridge__one_column(make_study, peer):
    codes = np.random.default_rng(3).binomial(2, 0.4, (40, 1)).astype(np.uint8)
    y = codes[:, 0] + np.random.default_rng(4).normal(size=40)
    study = make_study([(codes, 2, None)], y)
    fit = fit_ridge(study.inputs)
    found = list(expected_fit(study, fit, peer, study.train, slice(None)))
    assert_allclose(fit.weights, found[fit.chosen][0], rtol=1e-5)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"heritabilities": (0.5, 1.0)}, "between 0 and 1"),
        ({"heritabilities": ()}, "between 0 and 1"),
        ({"most": 2}, "most: 2"),
    ],
)
def test_fit_ridge__raises_on_arguments(study, arguments, message):
    with pytest.raises(ValueError, match=message):
        fit_ridge(study.inputs, **arguments)
