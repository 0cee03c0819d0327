"""Simulated cohorts and toy networks, public: test your own method with them."""

from __future__ import annotations

from collections.abc import Callable

import jax
import jax.numpy as jnp

from gxjax import rng
from gxjax.cohort import build_cohort
from gxjax.genotypes import simulate_genotypes, simulate_phenotype
from gxjax.types import Cohort

__all__ = ["simulate_cohort", "toy_network"]


def simulate_cohort(
    key: jax.Array,
    people: int = 200,
    variants: int = 300,
    *,
    heritability: float = 0.5,
) -> Cohort:
    """A small cohort, ready for `train`: simulated genotypes and a polygenic trait.

    Args:
      key: names every random number.
      people: N, at least 50.
      variants: V.
      heritability: share of the phenotype's variance that the genotypes explain.

    Returns:
      `Cohort`, quantitative, adjusted for sex and age. `simulate_genotypes` says what
      such genotypes do not model.
    """
    genotypes = simulate_genotypes(key, people, variants)
    traits = simulate_phenotype(key, genotypes, heritability=heritability)
    cohort, _ = build_cohort(
        genotypes,
        traits.phenotype,
        traits.covariates,
        seed=0,
        name=str(traits.phenotype.columns[-1]),
    )
    return cohort


def toy_network(
    key: jax.Array, width: int, hidden: int = 8
) -> Callable[[jax.Array], jax.Array]:
    """A smooth function [D] -> scalar with one hidden layer and biases.

    Args:
      key: names its weights.
      width: D.
      hidden: units of the hidden layer.
    """
    shapes = {"kernel": (width, hidden), "bias": (hidden,), "output": (hidden,)}
    weights = {
        name: jax.random.normal(rng.named(key, f"testing/{name}"), shape)
        for name, shape in shapes.items()
    }

    def network(x: jax.Array) -> jax.Array:
        hidden_units = jax.nn.gelu(x @ weights["kernel"] + weights["bias"])
        return jnp.dot(hidden_units, weights["output"])

    return network
