"""Losses and scores against values worked out by hand and scipy."""

import jax.numpy as jnp
import numpy as np
import scipy.stats

from gxjax.ensemble.loss import (
    auroc,
    l1_penalty,
    r_squared,
    squared_error,
    weighted_logistic,
)


def test_squared_error__by_hand():
    loss = squared_error(jnp.array([1.0, 2.0]), jnp.array([0.0, 4.0]), jnp.ones(()))
    assert float(loss) == 2.5


def test_weighted_logistic__a_case_counts_as_often_as_its_weight():
    prediction, phenotype = jnp.zeros(4), jnp.array([1.0, 0.0, 0.0, 0.0])
    loss = weighted_logistic(prediction, phenotype, jnp.asarray(3.0))
    np.testing.assert_allclose(loss, np.log(2) * 6 / 4, rtol=1e-6)


def test_l1_penalty__kernels_only():
    tree = {"kernel": jnp.array([[1.0, -2.0]]), "bias": jnp.array([100.0])}
    assert float(l1_penalty(tree)) == 3.0


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
