"""Losses of one batch, the L1 penalty, and the scores that early stopping watches.

Of one phenotype, [B] for [B], or of P at once, [B, P] for [B, P], all of one trait.
Among several a person may lack some: NaN, which counts in no loss and no score.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import chex
import jax
import jax.numpy as jnp
import numpy as np
import optax
import scipy.stats

__all__ = [
    "LOSSES",
    "auroc",
    "balanced_case_weight",
    "l1_penalty",
    "mean_score",
    "r_squared",
    "squared_error",
    "validation_score",
    "weighted_logistic",
]


def squared_error(
    prediction: jax.Array, phenotype: jax.Array, case_weight: jax.Array
) -> jax.Array:
    """Mean squared error of predictions [B] or [B, P] for phenotypes of that shape.

    Of several phenotypes, the mean is over all measured values of the batch: one that
    few people have weighs little. It is 0 where there is none.
    """
    del case_weight
    return _mean(lambda f, y: (f - y) ** 2, prediction, phenotype)


def weighted_logistic(
    prediction: jax.Array, phenotype: jax.Array, case_weight: jax.Array
) -> jax.Array:
    """Mean logistic loss of logits [B] or [B, P] for phenotypes 0/1 of that shape.

    A case counts `case_weight` times, [] or one of each phenotype, [P]; with
    `balanced_case_weight` both classes weigh the same. The mean is that of
    `squared_error`.
    """
    if jnp.ndim(case_weight):
        chex.assert_shape(case_weight, jnp.shape(prediction)[1:])
        case_weight = jnp.asarray(case_weight)[None, :]

    def weighted(f: jax.Array, y: jax.Array) -> jax.Array:
        loss = optax.sigmoid_binary_cross_entropy(f, y)
        return loss * jnp.where(y > 0.5, case_weight, 1.0)

    return _mean(weighted, prediction, phenotype)


def _mean(loss: Callable, prediction: jax.Array, phenotype: jax.Array) -> jax.Array:
    """Mean of an elementwise loss over what is measured."""
    chex.assert_equal_shape([prediction, phenotype])
    if jnp.ndim(phenotype) == 1:
        return jnp.mean(loss(prediction, phenotype))
    measured = ~jnp.isnan(phenotype)
    # Replaced before the loss too: the gradient of an unused NaN is a NaN.
    terms = loss(
        jnp.where(measured, prediction, 0.0), jnp.where(measured, phenotype, 0.0)
    )
    total = jnp.where(measured, terms, 0.0).sum()
    return total / jnp.maximum(measured.sum(), 1)


LOSSES = {"quantitative": squared_error, "binary": weighted_logistic}


def balanced_case_weight(trait: str, phenotype: np.ndarray) -> np.ndarray:
    """TRAIN controls per case, so that both classes weigh the same; 1 if quantitative.

    Args:
      trait: a key of `LOSSES`.
      phenotype: float32 [n] or [n, P] of TRAIN people, NaN where not measured; each has
        at least one case.

    Returns:
      float32 [], or [P].
    """
    if trait != "binary":
        return np.ones(phenotype.shape[1:], np.float32)
    cases = (phenotype > 0.5).sum(axis=0)
    return np.asarray((phenotype < 0.5).sum(axis=0) / cases, np.float32)


def l1_penalty(parameters: Any) -> jax.Array:
    """Sum of absolute weights, biases and normalisation parameters left out.

    Its gradient at 0 is 0, so that rows which only pad a kernel, and weights that
    nothing else moves from their start at 0, stay there.
    """
    kernels = [leaf for leaf in jax.tree.leaves(parameters) if leaf.ndim > 1]
    return sum((_magnitude(kernel).sum() for kernel in kernels), jnp.zeros(()))


def _magnitude(a: jax.Array) -> jax.Array:
    # Not jnp.abs, whose derivative at 0 is 1.
    return a * jax.lax.stop_gradient(jnp.sign(a))


def r_squared(prediction: np.ndarray, phenotype: np.ndarray) -> np.ndarray:
    """1 - residual / total sum of squares, of predictions [M, N] for [N]; [M].

    Of predictions [M, N, P] for [N, P], each phenotype's over the people who have it;
    [M, P]. Negative where predicting the mean would have been better.
    """
    if phenotype.ndim == 2:
        return _by_phenotype(r_squared, prediction, phenotype)
    residual = ((prediction - phenotype[None]) ** 2).sum(axis=1)
    total = ((phenotype - phenotype.mean()) ** 2).sum()
    return 1.0 - residual / total


def auroc(prediction: np.ndarray, phenotype: np.ndarray) -> np.ndarray:
    """Probability that a case is ranked above a control (ties 1/2); [M, N] to [M].

    Of predictions [M, N, P] for [N, P], each phenotype's over the people who have it;
    [M, P].
    """
    if phenotype.ndim == 2:
        return _by_phenotype(auroc, prediction, phenotype)
    case = phenotype > 0.5
    cases, controls = case.sum(), (~case).sum()
    ranks = scipy.stats.rankdata(prediction, axis=1)
    return (ranks[:, case].sum(axis=1) - cases * (cases + 1) / 2) / (cases * controls)


def _by_phenotype(
    score: Callable, prediction: np.ndarray, phenotype: np.ndarray
) -> np.ndarray:
    """The scores [M, P], each as if its phenotype were the only one."""
    columns = []
    for p, measured in enumerate(~np.isnan(phenotype.T)):
        of_people = np.ascontiguousarray(prediction[:, measured, p])
        columns.append(score(of_people, phenotype[measured, p]))
    return np.stack(columns, axis=1)


def validation_score(trait: str) -> tuple[str, Any]:
    """Name and function of the score of a trait: R^2, or AUROC for a binary one."""
    return ("auroc", auroc) if trait == "binary" else ("r2", r_squared)


def mean_score(scores: np.ndarray) -> np.ndarray:
    """What early stopping watches: scores [M] as they are, of [M, P] the mean over P.

    A member's is NaN, and never its best, where any of its scores is.
    """
    return scores if scores.ndim == 1 else scores.mean(axis=1)
