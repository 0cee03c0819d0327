"""Distances of second-order knockoffs, against a general optimiser."""

import numpy as np
import pytest
from scipy.linalg import block_diag
from scipy.optimize import minimize

from gxjax.truth.knockoffs.maximum_entropy import (
    maximum_entropy_distances,
    shrunk_correlation,
)


def autoregressive(count, r):
    return r ** np.abs(np.subtract.outer(np.arange(count), np.arange(count)))


@pytest.mark.parametrize("r", [0.0, 0.5, 0.9])
def test_distances__are_where_an_optimiser_finds_them(r):
    correlation = autoregressive(5, r)

    def loss(logarithms):
        s = np.exp(logarithms)
        sign, value = np.linalg.slogdet(2 * correlation - np.diag(s))
        return 1e6 if sign <= 0 else -(logarithms.sum() + value)

    start = np.log(np.full(5, np.linalg.eigvalsh(correlation)[0]))
    options = {"maxiter": 20_000, "maxfev": 20_000, "xatol": 1e-8, "fatol": 1e-12}
    best = minimize(loss, start, method="Nelder-Mead", options=options)
    found = maximum_entropy_distances(correlation)
    np.testing.assert_allclose(found, np.exp(best.x), rtol=0.02)


def test_distances__of_one_column_and_of_none_in_ld():
    np.testing.assert_allclose(maximum_entropy_distances(np.eye(1)), 1)
    np.testing.assert_allclose(maximum_entropy_distances(np.eye(7)), 1)


def test_distances__are_not_held_down_by_a_pair_of_twins():
    twins = np.array([[1, 0.99], [0.99, 1]])
    correlation = block_diag(twins, autoregressive(38, 0.3))
    found = maximum_entropy_distances(correlation)
    equal = 2 * np.linalg.eigvalsh(correlation)[0]
    assert np.linalg.eigvalsh(2 * correlation - np.diag(found))[0] > 0
    assert found.min() > 0
    assert np.median(found) > 5 * equal


def test_shrunk_correlation__is_that_of_ledoit_and_wolf():
    random = np.random.default_rng(0)
    values = random.standard_normal((30, 20)) @ np.linalg.cholesky(
        autoregressive(20, 0.7)
    )
    values = (values - values.mean(0)[None]) / values.std(0)[None]
    found = shrunk_correlation(values)
    # By the sums of the paper, person by person.
    sample = values.T @ values / 30
    spread = np.linalg.norm(sample - np.eye(20)) ** 2
    error = sum(np.linalg.norm(np.outer(x, x) - sample) ** 2 for x in values) / 30**2
    weight = error / spread
    assert 0.05 < weight < 1
    np.testing.assert_allclose(found, (1 - weight) * sample + weight * np.eye(20))
    assert np.linalg.eigvalsh(found)[0] > 0


def test_shrunk_correlation__of_twins_can_be_inverted():
    column = np.random.default_rng(0).standard_normal((5000, 1))
    column = (column - column.mean()) / column.std()
    found = shrunk_correlation(np.hstack([column, column]))
    np.testing.assert_allclose(found[0, 1], 0.999, atol=1e-6)
