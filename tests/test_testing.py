"""The simulated cohort and the toy network that users test their methods with."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from gxjax.testing import simulate_cohort, toy_network
from gxjax.types import TRAIN


def test_simulate_cohort__is_ready_to_train(key):
    cohort = simulate_cohort(key, people=300, variants=60)
    assert cohort.genotypes.packed.shape == (300, 15)
    assert cohort.counts.sum(axis=1).tolist() == [(cohort.split == TRAIN).sum()] * 60
    train = cohort.phenotype[cohort.split == TRAIN]
    np.testing.assert_allclose([train.mean(), train.std()], [0, 1], atol=1e-5)


def test_simulate_cohort__same_key_same_cohort(key):
    first, second = (simulate_cohort(key, people=80, variants=20) for _ in range(2))
    np.testing.assert_array_equal(first.phenotype, second.phenotype)
    np.testing.assert_array_equal(first.genotypes.packed, second.genotypes.packed)


@pytest.mark.parametrize("width", [1, 5])
def test_toy_network__maps_a_sample_to_a_number(key, width):
    network = toy_network(key, width)
    assert network(jnp.ones(width)).shape == ()
    assert jnp.isfinite(jax.grad(network)(jnp.ones(width))).all()
