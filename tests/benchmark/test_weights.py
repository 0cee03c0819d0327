"""The order of composites under random weights: where it is known."""

import jax
import numpy as np
from numpy.testing import assert_allclose, assert_array_equal

from gxjax.benchmark.weights import random_composites, weights_table

KEY = jax.random.key(1)
COLUMNS = [("a", "none"), ("b", "none"), ("c", "none")]


def test_weights_table__a_column_that_is_best_in_all_is_always_first():
    parts = np.array([[0.9, 0.9, 0.1], [0.5, 0.8, 0.4], [0.5, 0.2, 0.4]])
    table = weights_table(parts, COLUMNS, KEY, tau=0.45, draws=200)
    assert table.varied.tolist() == ["weights"] * 3 + ["tau"] * 3 + ["both"] * 3
    assert_allclose(table.first_share, [1, 0, 0] * 3)
    assert_allclose(table.mean_rank, [1, 2, 3] * 3)
    assert_array_equal(table.rank_lower, table.rank_upper)


def test_weights_table__the_share_of_a_dirichlet():
    # Columns differ in recall and precision only: a wins where its weight is larger,
    # which is half of the triangle; or a quarter, where its lead is thrice smaller.
    parts = np.array([[0.8, 0.4, 0.3], [0.4, 0.8, 0.3]])
    table = weights_table(parts, COLUMNS[:2], KEY, tau=0.45, draws=20_000)
    assert_allclose(table.first_share[:2], [0.5, 0.5], atol=0.015)
    parts = np.array([[0.2, 0.1, 0.3], [0.1, 0.8, 0.3]])
    table = weights_table(parts, COLUMNS[:2], KEY, tau=0.45, draws=20_000)
    assert_allclose(table.first_share[:2], [0.25, 0.75], atol=0.015)
    # With equal weights, whatever tau, b is first: 0.4 * 3.2 > 0.8 * 0.4.
    assert_allclose(table.first_share[2:4], [0, 1])


def test_weights_table__the_share_of_taus():
    # a is more stable, b has more recall: level where 2 = 2^(0.4 / tau), tau = 0.4.
    parts = np.array([[0.4, 0.5, 0.2], [0.8, 0.5, 0.6]])
    table = weights_table(parts, COLUMNS[:2], KEY, tau=0.45, draws=20_000)
    assert_allclose(table.first_share[2:4], [0.25, 0.75], atol=0.015)


def test_random_composites__hold_tau_or_weights():
    parts = np.array([[0.8, 0.4, 0.3], [0.4, 0.8, np.nan]])
    fixed = random_composites(
        parts, KEY, taus=(0.3, 0.3), weights=(0.5, 0.5, 0.0), draws=3
    )
    assert_allclose(fixed, np.sqrt(0.32))
    half = random_composites(parts, KEY, taus=(0.3, 0.3), weights=(0, 0, 1), draws=3)
    assert_allclose(half[:, 0], 0.5)
    assert np.isnan(half[:, 1]).all()
