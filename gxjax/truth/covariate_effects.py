"""The part of a generated phenotype that covariates make."""

from __future__ import annotations

import jax
import numpy as np
import pandas as pd

from gxjax import rng
from gxjax.truth.genotype_coding import standardise

__all__ = ["covariate_component", "known_sex"]


def covariate_component(
    key: jax.Array, covariates: pd.DataFrame | None, share: float, train: np.ndarray
) -> np.ndarray:
    """A sum of all covariates, each standardised over TRAIN, with random signs.

    Args:
      key: of the truth.
      covariates: table of N rows, numeric columns; None for none.
      share: of the phenotype's variance.
      train: bool [N].

    Returns:
      float64 [N], mean 0 and variance `share` over TRAIN. Nothing of it is of
      genotypes, but those that are correlated with a covariate are with it too: adjust
      the phenotype, as one of people would be.

    Raises:
      ValueError: there are no covariates, of other people, not numbers, or constant.
    """
    if share == 0:
        return np.zeros(len(train))
    columns = [] if covariates is None else list(covariates.columns)
    if covariates is None or not columns:
        raise ValueError(
            f"heritability.covariates: {share:g}, but there are no covariates; give "
            "some, or a share of 0"
        )
    if len(covariates) != len(train):
        raise ValueError(
            f"covariates: {len(covariates)} rows; the genotypes have {len(train)} "
            "people"
        )
    signs = rng.generator(key, "truth/generative/covariates").choice(
        [-1.0, 1.0], len(columns)
    )
    total = np.zeros(len(train))
    for name, sign in zip(columns, signs, strict=True):
        total += sign * standardise(_numbers(covariates[name]), train)
    scaled = standardise(total, train)
    if not scaled[train].any():
        raise ValueError(
            f"covariates: {', '.join(map(str, columns))} do not vary in TRAIN; a share "
            f"of {share:g} needs one that does"
        )
    return np.sqrt(share) * scaled


def known_sex(samples: pd.DataFrame, train: np.ndarray) -> np.ndarray:
    """float64 [N], 1 male and 2 female, of people who all have one.

    Raises:
      ValueError: somebody's sex is unknown, or TRAIN has one sex only.
    """
    sex = samples["SEX"].to_numpy(np.float64)
    unknown = int((~np.isin(sex, (1, 2))).sum())
    if unknown:
        raise ValueError(
            f"genotypes.samples: SEX of {unknown} of {len(sex)} people is neither 1 "
            "nor 2, which gene_by_sex needs; leave them out, or set its count to 0"
        )
    if len(np.unique(sex[train])) < 2:
        raise ValueError(
            "genotypes.samples: TRAIN people are of one SEX; gene_by_sex needs two"
        )
    return sex


def _numbers(column: pd.Series) -> np.ndarray:
    try:
        values = column.to_numpy(np.float64)
    except (TypeError, ValueError) as error:
        raise ValueError(f"covariates: {column.name} is not numeric") from error
    bad = int((~np.isfinite(values)).sum())
    if bad:
        raise ValueError(
            f"covariates: {bad} of {len(values)} values of {column.name} are not finite"
        )
    return values
