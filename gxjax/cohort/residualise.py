"""Adjusting a quantitative phenotype; every coefficient comes from TRAIN people."""

from __future__ import annotations

import chex
import numpy as np
from scipy.stats import norm

__all__ = ["MAX_COVARIATE", "rank_normalise", "residualise", "standardise"]

_NOTHING_LEFT = 1e-6
MAX_COVARIATE = 1e100
"""Its square is still a float64."""


def residualise(y: np.ndarray, covariates: np.ndarray, train: np.ndarray) -> np.ndarray:
    """What covariates do not explain linearly, with an intercept, by TRAIN's OLS.

    A covariate that is constant in TRAIN is ignored; collinear ones are no problem (the
    fit of least norm). Effects that are not linear, and interactions, stay in.

    Args:
      y: float [N], finite.
      covariates: float [N, C], finite.
      train: bool [N], the people whom the coefficients are fitted on.

    Returns:
      float64 [N], in units of y, mean 0 over TRAIN.

    Raises:
      ValueError: a value is not finite, a covariate beyond 1e100, TRAIN has fewer than
        C + 2 people, or covariates explain y entirely.
    """
    chex.assert_rank([y, covariates, train], [1, 2, 1])
    chex.assert_equal_shape_prefix([y, covariates, train], 1)
    y, covariates = np.asarray(y, np.float64), np.asarray(covariates, np.float64)
    if not (np.isfinite(y).all() and np.isfinite(covariates).all()):
        raise ValueError("phenotype or covariates: not finite; drop these people first")
    if np.abs(covariates).max(initial=0) > MAX_COVARIATE:
        raise ValueError(
            f"covariates: a value of {np.abs(covariates).max():g}; expected nothing "
            f"beyond {MAX_COVARIATE:g}: is it a slip, or a code for missing?"
        )
    people, needed = int(train.sum()), covariates.shape[1] + 2
    if people < needed:
        raise ValueError(
            f"covariates: {needed - 2} columns, with {people} people in TRAIN; "
            f"expected at least {needed} people, or fewer columns"
        )
    fitted, spread = covariates[train], covariates[train].std(axis=0)
    constant = np.ptp(fitted, axis=0) == 0
    scale = np.where(constant, 0, 1 / np.where(constant, 1, spread))
    design = (covariates - fitted.mean(axis=0)[None, :]) * scale[None, :]
    centred = y - y[train].mean()
    slopes = np.linalg.lstsq(design[train], centred[train], rcond=None)[0]
    residual = centred - design @ slopes
    if residual[train].std() <= _NOTHING_LEFT * centred[train].std():
        raise ValueError(
            "covariates: explain the phenotype entirely in TRAIN (it is constant, or a "
            "covariate is the phenotype in disguise); remove the covariate"
        )
    return residual


def standardise(y: np.ndarray, train: np.ndarray) -> np.ndarray:
    """z-score by the mean and standard deviation (ddof = 0) of TRAIN.

    Args:
      y: float [N].
      train: bool [N].

    Returns:
      float64 [N], TRAIN standard deviations.

    Raises:
      ValueError: y is constant in TRAIN.
    """
    chex.assert_equal_shape([y, train])
    y = np.asarray(y, np.float64)
    if np.ptp(y[train]) == 0:
        raise ValueError(f"phenotype: is {y[train][0]} for everyone in TRAIN")
    return (y - y[train].mean()) / y[train].std()


def rank_normalise(y: np.ndarray, train: np.ndarray) -> np.ndarray:
    """Inverse normal of (rank - 0.5) / n, with ranks among TRAIN people.

    Ties share their mean rank. Whoever is outside TRAIN gets the place that the value
    takes among TRAIN people, held within [0.5 / n, 1 - 0.5 / n]. Other tools use
    Blom's (rank - 3/8) / (n + 1/4): of 1,000 people the two are 0.063 apart at the
    extremes, and less than 0.005 for 98 % of people.
    Beasley, Erickson and Allison, "Rank-based inverse normal transformations are
    increasingly used, but are they merited?", 2009,
    https://doi.org/10.1007/s10519-009-9281-0; they show what it can NOT do: make
    residuals normal within every genotype, or preserve interactions of the original
    scale.

    Args:
      y: float [N].
      train: bool [N], n of them true.

    Returns:
      float64 [N], about N(0, 1).

    Raises:
      ValueError: y is constant in TRAIN.
    """
    chex.assert_equal_shape([y, train])
    y = np.asarray(y, np.float64)
    order = np.sort(y[train])
    if order[0] == order[-1]:
        raise ValueError(f"phenotype: is {order[0]} for everyone in TRAIN")
    below, upto = (np.searchsorted(order, y, side=side) for side in ("left", "right"))
    place = (below + upto) / (2 * len(order))
    edge = 0.5 / len(order)
    return norm.ppf(np.clip(place, edge, 1 - edge))
