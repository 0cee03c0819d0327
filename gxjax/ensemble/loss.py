"""Losses of one batch, the L1 penalty, and the scores that early stopping watches."""

from __future__ import annotations

from typing import Any

import chex
import jax
import jax.numpy as jnp
import numpy as np
import optax
import scipy.stats

__all__ = ["LOSSES", "auroc", "l1_penalty", "r_squared", "validation_score"]


def squared_error(
    prediction: jax.Array, phenotype: jax.Array, case_weight: jax.Array
) -> jax.Array:
    """Mean squared error of predictions [B] for phenotypes [B]."""
    del case_weight
    chex.assert_equal_shape([prediction, phenotype])
    return jnp.mean((prediction - phenotype) ** 2)


def weighted_logistic(
    prediction: jax.Array, phenotype: jax.Array, case_weight: jax.Array
) -> jax.Array:
    """Mean logistic loss of logits [B] for phenotypes 0/1 [B].

    A case counts `case_weight` times; with TRAIN controls / cases both classes weigh
    the same.
    """
    chex.assert_equal_shape([prediction, phenotype])
    loss = optax.sigmoid_binary_cross_entropy(prediction, phenotype)
    return jnp.mean(loss * jnp.where(phenotype > 0.5, case_weight, 1.0))


LOSSES = {"quantitative": squared_error, "binary": weighted_logistic}


def l1_penalty(parameters: Any) -> jax.Array:
    """Sum of absolute weights, biases and normalisation parameters left out."""
    kernels = [leaf for leaf in jax.tree.leaves(parameters) if leaf.ndim > 1]
    return sum((jnp.abs(kernel).sum() for kernel in kernels), jnp.zeros(()))


def r_squared(prediction: np.ndarray, phenotype: np.ndarray) -> np.ndarray:
    """1 - residual / total sum of squares, of predictions [M, N] for [N]; [M].

    Negative where predicting the mean would have been better.
    """
    residual = ((prediction - phenotype[None]) ** 2).sum(axis=1)
    total = ((phenotype - phenotype.mean()) ** 2).sum()
    return 1.0 - residual / total


def auroc(prediction: np.ndarray, phenotype: np.ndarray) -> np.ndarray:
    """Probability that a case is ranked above a control (ties 1/2); [M, N] to [M]."""
    case = phenotype > 0.5
    cases, controls = case.sum(), (~case).sum()
    ranks = scipy.stats.rankdata(prediction, axis=1)
    return (ranks[:, case].sum(axis=1) - cases * (cases + 1) / 2) / (cases * controls)


def validation_score(trait: str) -> tuple[str, Any]:
    """Name and function of the score of a trait: R^2, or AUROC for a binary one."""
    return ("auroc", auroc) if trait == "binary" else ("r2", r_squared)
