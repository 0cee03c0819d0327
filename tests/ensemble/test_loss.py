"""Losses and scores against values worked out by hand and scipy."""

import chex
import jax
import jax.numpy as jnp
import numpy as np
import pytest
import scipy.stats

from gxjax.ensemble import MLP
from gxjax.ensemble.loss import (
    LOSSES,
    auroc,
    balanced_case_weight,
    l1_penalty,
    mean_score,
    r_squared,
    squared_error,
    weighted_logistic,
)

NAN = float("nan")


def test_squared_error__by_hand():
    loss = squared_error(jnp.array([1.0, 2.0]), jnp.array([0.0, 4.0]), jnp.ones(()))
    assert float(loss) == 2.5


def test_weighted_logistic__a_case_counts_as_often_as_its_weight():
    prediction, phenotype = jnp.zeros(4), jnp.array([1.0, 0.0, 0.0, 0.0])
    loss = weighted_logistic(prediction, phenotype, jnp.asarray(3.0))
    np.testing.assert_allclose(loss, np.log(2) * 6 / 4, rtol=1e-6)


@pytest.mark.parametrize("trait", sorted(LOSSES))
def test_losses__of_one_phenotype_are_the_plain_mean(trait):
    """Bit for bit, and a column of its own gives the same to rounding."""
    draw = np.random.default_rng(0)
    prediction = jnp.asarray(draw.normal(size=33), jnp.float32)
    phenotype = jnp.asarray(draw.random(33) < 0.4, jnp.float32)
    weight = jnp.float32(1.5)
    each = jax.vmap(lambda f, y: LOSSES[trait](f[None], y[None], weight))
    loss = LOSSES[trait](prediction, phenotype, weight)
    assert loss == jnp.mean(each(prediction, phenotype))
    column = LOSSES[trait](prediction[:, None], phenotype[:, None], weight[None])
    np.testing.assert_allclose(column, loss, rtol=1e-6)


def test_squared_error__of_several_skips_what_is_not_measured():
    prediction = jnp.array([[1.0, 2.0], [3.0, 5.0]])
    phenotype = jnp.array([[0.0, NAN], [1.0, 4.0]])
    assert float(squared_error(prediction, phenotype, jnp.ones(2))) == 2.0


def test_weighted_logistic__has_a_weight_per_phenotype():
    prediction, phenotype = jnp.zeros((3, 2)), jnp.array([[1, 1], [0, 0], [NAN, 0]])
    loss = weighted_logistic(prediction, phenotype, jnp.array([2.0, 5.0]))
    np.testing.assert_allclose(loss, np.log(2) * (2 + 1 + 5 + 1 + 1) / 5, rtol=1e-6)


def test_weighted_logistic__raises_on_weights_of_other_phenotypes():
    with pytest.raises(AssertionError):
        weighted_logistic(jnp.zeros((3, 2)), jnp.zeros((3, 2)), jnp.ones(3))


@pytest.mark.parametrize("trait", sorted(LOSSES))
def test_losses__no_gradient_where_nothing_is_measured(trait):
    phenotype = jnp.array([[1.0, NAN], [0.0, NAN], [NAN, NAN]])
    prediction = jnp.array([[0.3, -1.0], [0.2, 2.0], [0.1, jnp.inf]])
    gradient = jax.grad(LOSSES[trait])(prediction, phenotype, jnp.ones(2))
    assert np.isfinite(gradient).all()
    assert (gradient[:2, 0] != 0).all()
    assert not gradient[:, 1].any()
    assert not gradient[2].any()
    nothing = jnp.full_like(phenotype, NAN)
    assert float(LOSSES[trait](prediction, nothing, jnp.ones(2))) == 0


def test_balanced_case_weight__is_controls_per_case():
    phenotype = np.array([[1, 0], [0, NAN], [0, 1], [0, 0]], np.float32)
    np.testing.assert_array_equal(balanced_case_weight("binary", phenotype), [3, 2])
    assert balanced_case_weight("binary", phenotype[:, 0]) == 3
    np.testing.assert_array_equal(
        balanced_case_weight("quantitative", phenotype), [1, 1]
    )
    assert balanced_case_weight("quantitative", phenotype[:, 0]).shape == ()


def test_l1_penalty__kernels_only():
    tree = {"kernel": jnp.array([[1.0, -2.0]]), "bias": jnp.array([100.0])}
    assert float(l1_penalty(tree)) == 3.0


def test_l1_penalty__leaves_padding_at_zero_and_counts_it_as_nothing(key):
    """Rows of no column: as if they were not there, and without a gradient."""
    parameters = MLP((4,), norm="layer", wide=True).init(key, jnp.ones((1, 6)))[
        "params"
    ]
    padded = jax.tree.map(jnp.copy, parameters)
    padded["front"]["kernel"] = jnp.pad(parameters["front"]["kernel"], ((0, 3), (0, 0)))
    assert l1_penalty(padded) == l1_penalty(parameters)
    gradient = jax.grad(l1_penalty)(padded)["front"]["kernel"]
    assert gradient[:6, :4].all()
    assert not gradient[6:].any()


def test_l1_penalty__of_members_is_each_one_s_own(key):
    draw = jax.random.normal(key, (3, 5, 2))
    tree = {"kernel": draw, "bias": jnp.ones((3, 2))}
    np.testing.assert_allclose(
        jax.vmap(l1_penalty)(tree), jnp.abs(draw).sum(axis=(1, 2)), rtol=1e-6
    )


def test_r_squared__perfect_mean_and_worse():
    phenotype = np.array([1.0, 2.0, 3.0])
    prediction = np.array([[1.0, 2.0, 3.0], [2.0, 2.0, 2.0], [3.0, 2.0, 1.0]])
    np.testing.assert_allclose(r_squared(prediction, phenotype), [1.0, 0.0, -3.0])


def test_auroc__equals_mann_whitney_with_ties():
    draw = np.random.default_rng(0)
    prediction = draw.integers(0, 5, (3, 40)).astype(float)
    case = (draw.random(40) < 0.3).astype(float)
    for row, area in zip(prediction, auroc(prediction, case), strict=True):
        u = scipy.stats.mannwhitneyu(row[case == 1], row[case == 0]).statistic
        np.testing.assert_allclose(area, u / (case.sum() * (1 - case).sum()))


@pytest.mark.parametrize("score", [r_squared, auroc])
def test_scores__of_several_are_those_of_each_among_people_who_have_it(score):
    draw = np.random.default_rng(1)
    prediction = draw.normal(size=(3, 50, 2)).astype(np.float32)
    phenotype = (draw.random((50, 2)) < 0.4).astype(np.float32)
    phenotype[draw.random(50) < 0.2, 1] = NAN
    found = score(prediction, phenotype)
    chex.assert_shape(found, (3, 2))
    has = ~np.isnan(phenotype[:, 1])
    assert 0 < has.sum() < 50
    for p, people in enumerate([np.full(50, True), has]):
        alone = np.ascontiguousarray(prediction[:, people, p])
        np.testing.assert_array_equal(found[:, p], score(alone, phenotype[people, p]))


def test_mean_score__is_over_phenotypes():
    scores = np.array([[0.25, 0.75], [1, NAN]])
    np.testing.assert_array_equal(mean_score(scores), [0.5, NAN])
    alone = np.array([0.1, 0.7])
    assert mean_score(alone) is alone
