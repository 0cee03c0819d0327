"""scikit-learn's elastic net along a path of penalties: few columns, all at once."""

from __future__ import annotations

import warnings
from typing import Any, NamedTuple

import numpy as np

from gxjax.comparator.columns import encoded, score_of_effects
from gxjax.comparator.gwas import gwas_score
from gxjax.comparator.inputs import Inputs, people_of, r_squared
from gxjax.comparator.screening import BYTES, screen, spread

__all__ = ["ElasticNetFit", "elastic_net_score", "fit_elastic_net"]

_SMALLEST = 1e-3
_SWEEPS = 1000


class ElasticNetFit(NamedTuple):
    """An elastic net, and how its penalty was chosen.

    Attributes:
      weights: float64 [V], phenotype per standard deviation of the dosage (as of
        `Encoding.scale`); 0 for columns that are not selected.
      screened: int64 [c], the columns that were fitted.
      penalties: float64 [L], falling, as far as the path was followed.
      validation: float64 [L], R^2 of VALIDATION people.
      selected: int64 [L], how many columns have a weight.
      converged: bool [L], whether coordinate descent reached its tolerance.
      chosen: which of L.
    """

    weights: np.ndarray
    screened: np.ndarray
    penalties: np.ndarray
    validation: np.ndarray
    selected: np.ndarray
    converged: np.ndarray
    chosen: int


class _Problem(NamedTuple):
    """TRAIN and VALIDATION people, columns and phenotype about their TRAIN means."""

    x: np.ndarray
    y: np.ndarray
    x_validation: np.ndarray
    y_validation: np.ndarray


def elastic_net_score(inputs: Inputs) -> np.ndarray:
    """|weight| of `fit_elastic_net`, per standard deviation of each column's dosage.

    Most columns have 0, and `benchmark.ranking` puts them in an order by chance: recall
    beyond the number selected is that of a draw. Of columns in strong LD it keeps a
    few, not always the causal one; it sees additive effects only.

    Args:
      inputs: `Inputs`.

    Returns:
      float64 [V]; -inf where the column does not vary in TRAIN or is not typed.

    Raises:
      ValueError: as of `fit_elastic_net`.
    """
    return score_of_effects(fit_elastic_net(inputs).weights, inputs.arm)


def fit_elastic_net(
    inputs: Inputs,
    *,
    mixing: float = 0.5,
    most_bytes: int = BYTES,
    steps: int = 60,
    patience: int = 5,
) -> ElasticNetFit:
    """Least squares with a penalty on absolute and squared weights, and an intercept.

    From the penalty that selects nothing down to a thousandth of it, each fit beginning
    at the one before, until R^2 of VALIDATION people has not risen for `patience`
    steps; the best that selects a column is kept. A 0/1 phenotype is fitted as a
    number.

    Where the genotypes of TRAIN and VALIDATION people at all columns would take more
    than `most_bytes`, only the columns with the smallest p of the additive test are
    fitted: with 270,000 people and 1 GiB, 994 columns. What is left out has 0.

    Args:
      inputs: `Inputs`.
      mixing: share of the absolute weights in the penalty, above 0; 1 is the lasso.
      most_bytes: of genotypes in memory, in float32.
      steps: of the path, at least 2.
      patience: steps without a better R^2 before the path ends.

    Returns:
      `ElasticNetFit`.

    Raises:
      ValueError: an argument is out of range, or what `people_of` and `teaching`
        refuse.

    References:
      Zou & Hastie, "Regularization and variable selection via the elastic net", 2005,
      https://doi.org/10.1111/j.1467-9868.2005.00503.x; Qian et al., "A fast and
      scalable framework for large-scale and ultrahigh-dimensional sparse regression
      with application to the UK Biobank", 2020 (the path and its end),
      https://doi.org/10.1371/journal.pgen.1009141
    """
    _check(mixing, steps, patience)
    people, validation = people_of(inputs)
    columns = screen(
        inputs.arm,
        len(people) + len(validation),
        most_bytes,
        lambda: gwas_score(inputs.arm, inputs.phenotype, people),
    )
    problem = _problem(inputs, people, validation, columns)
    first = np.abs(problem.x.T @ problem.y).max() / len(people) / mixing
    if first == 0:
        raise ValueError("phenotype: no column is correlated with it in TRAIN")
    penalties = first * np.geomspace(1, _SMALLEST, steps)
    path = _follow(problem, penalties, mixing, patience, inputs)
    selected = np.array([(each[0] != 0).sum() for each in path])
    score = np.array([each[1] for each in path])
    chosen = int(np.where(selected > 0, score, -np.inf).argmax())
    return ElasticNetFit(
        spread(path[chosen][0], columns, inputs.arm),
        columns,
        penalties[: len(path)],
        score,
        selected,
        np.array([each[2] for each in path]),
        chosen,
    )


def _check(mixing: float, steps: int, patience: int) -> None:
    if not 0 < mixing <= 1:
        raise ValueError(f"mixing: {mixing}; expected above 0, at most 1")
    for name, value, least in (("steps", steps, 2), ("patience", patience, 1)):
        if value < least:
            raise ValueError(f"{name}: {value}; expected at least {least}")


def _problem(
    inputs: Inputs, people: np.ndarray, validation: np.ndarray, columns: np.ndarray
) -> _Problem:
    x, beside = (encoded(inputs.arm, who, columns) for who in (people, validation))
    means = x.mean(axis=0, dtype=np.float64).astype(np.float32)
    x -= means[None]
    beside -= means[None]
    y = np.asarray(inputs.phenotype, np.float32)
    mean = y[people].mean(dtype=np.float64).astype(np.float32)
    return _Problem(x, y[people] - mean, beside, y[validation] - mean)


def _follow(
    problem: _Problem,
    penalties: np.ndarray,
    mixing: float,
    patience: int,
    inputs: Inputs,
) -> list[tuple[np.ndarray, float, bool]]:
    """Weights [c], R^2 and whether it converged, of each penalty."""
    path: list[tuple[np.ndarray, float, bool]] = []
    weights: Any = np.zeros(problem.x.shape[1], np.float32)
    best = -np.inf, 0
    for step, penalty in enumerate(penalties):
        weights, converged = _descend(problem, penalty, mixing, weights)
        predicted = (problem.x_validation @ weights)[:, None]
        score = float(r_squared(problem.y_validation, predicted)[0])
        path.append((weights.astype(np.float64), score, converged))
        inputs.progress(step + 1, len(penalties), "elastic net")
        if weights.any() and score > best[0]:
            best = score, step
        elif step - best[1] >= patience and np.isfinite(best[0]):
            break
    inputs.progress(len(penalties), len(penalties), "elastic net")
    return path


def _descend(
    problem: _Problem,
    penalty: float,
    mixing: float,
    start: np.ndarray,
) -> tuple[np.ndarray, bool]:
    # Loaded at first use: it takes a second, and few who import this room need it.
    from sklearn.linear_model import enet_path

    with warnings.catch_warnings():
        # It is recorded instead, in `converged`.
        warnings.filterwarnings("ignore", "Objective did not converge")
        _, weights, _, sweeps = enet_path(
            problem.x,
            problem.y,
            l1_ratio=mixing,
            alphas=[penalty],
            precompute=False,
            copy_X=False,
            coef_init=start,
            return_n_iter=True,
            max_iter=_SWEEPS,
        )
    return weights[:, 0], sweeps[0] < _SWEEPS
