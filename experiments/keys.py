"""The key from which every random number of a run is named."""

from __future__ import annotations

import jax

from experiments.configuration import Configuration
from experiments.workdir import Workdir
from gxjax import rng

__all__ = ["cohort_key", "root_key"]


def cohort_key(configuration: Configuration) -> jax.Array:
    """The key of what all replicates share: the cohort."""
    return jax.random.key(configuration.cohort.seed)


def root_key(configuration: Configuration, work: Workdir) -> jax.Array:
    """The key of a replicate: truth, weights, noise. The first has the cohort's."""
    key = cohort_key(configuration)
    if work.replicate == 0:
        return key
    return rng.named(key, "experiments/replicate", work.replicate)
