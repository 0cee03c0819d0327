"""The linear ridge network in closed form: all columns at once, each a little."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import numpy as np

from gxjax import rng
from gxjax.comparator.columns import cut, encoded, score_of_effects, teaching
from gxjax.comparator.gram import gram, solve_ridge
from gxjax.comparator.inputs import Inputs, people_of, r_squared
from gxjax.comparator.screening import spread
from gxjax.types import Arm

__all__ = ["HERITABILITIES", "MOST", "RidgeFit", "fit_ridge", "ridge_score"]

HERITABILITIES = (0.01, 0.03, 0.1, 0.2, 0.35, 0.5, 0.65, 0.8, 0.9, 0.97)
"""The penalties tried, as the heritability h^2 for which each is the right one."""

MOST = 20_000
"""People or columns, whichever are fewer, that are fitted exactly: 3.2 GB."""


class RidgeFit(NamedTuple):
    """A ridge regression, and how its penalty was chosen.

    Attributes:
      weights: float64 [V], phenotype per standard deviation of the dosage (as of
        `Encoding.scale`); 0 for columns that are not shown or do not vary in TRAIN.
      people: int64 [n], TRAIN people who were fitted.
      penalties: float64 [L].
      validation: float64 [L], R^2 of VALIDATION people.
      chosen: which of L.
    """

    weights: np.ndarray
    people: np.ndarray
    penalties: np.ndarray
    validation: np.ndarray
    chosen: int


class _Data(NamedTuple):
    """People and columns that teach, and the phenotype about its mean.

    `said` is called with percent done, of 100.
    """

    arm: Arm
    people: np.ndarray
    columns: np.ndarray
    y: np.ndarray
    said: Callable[[int], None]


def ridge_score(inputs: Inputs) -> np.ndarray:
    """|weight| of `fit_ridge`, per standard deviation of each column's dosage.

    Effects are spread over all columns in LD, and none is seen but additive ones: a
    high score names a region rather than a variant.

    Args:
      inputs: `Inputs`.

    Returns:
      float64 [V]; -inf where the column does not vary in TRAIN or is not typed.

    Raises:
      ValueError: as of `fit_ridge`.
    """
    return score_of_effects(fit_ridge(inputs).weights, inputs.arm)


def fit_ridge(
    inputs: Inputs,
    *,
    heritabilities: Sequence[float] = HERITABILITIES,
    most: int = MOST,
) -> RidgeFit:
    """Least squares with a penalty on the sum of squared weights, and an intercept.

    On the inputs that a network has, encoded and filled. `MLP(())` with the weight
    decay `l2` = 2 penalty / n, n TRAIN people, is the same model: this is where Adam
    would bring a quantitative one if it were let run until nothing moves.

    The penalty is the one with the highest R^2 among VALIDATION people. That of
    heritability h^2 is (total variance of the columns) (1 - h^2) / h^2, the right one
    where every column has a small effect.

    Solved in the smaller of two forms: by people (weights are a combination of their
    genotypes) or by columns. Beyond `most` of either, `most` TRAIN people drawn by
    chance are fitted, and that is less than a network sees. Memory: 8 bytes times
    the square of the smaller number, and strips of 64 MiB. A 0/1 phenotype is fitted as
    a number.

    Args:
      inputs: `Inputs`.
      heritabilities: one penalty each, between 0 and 1.
      most: people or columns, whichever are fewer.

    Returns:
      `RidgeFit`.

    Raises:
      ValueError: a heritability out of range, `most` below 3, or what `people_of` and
        `teaching` refuse.

    References:
      Hoerl & Kennard, "Ridge regression: biased estimation for nonorthogonal problems",
      1970, https://doi.org/10.1080/00401706.1970.10488634; de los Campos et al.,
      "Prediction of complex human traits using the genomic best linear unbiased
      predictor", 2013, https://doi.org/10.1371/journal.pgen.1003608
    """
    shares = np.asarray(heritabilities, np.float64)
    if not shares.size or shares.min() <= 0 or shares.max() >= 1:
        raise ValueError(
            f"heritabilities: {tuple(heritabilities)}; expected numbers between 0 and 1"
        )
    if most < 3:
        raise ValueError(f"most: {most}; expected at least 3 people or columns")
    people, validation = people_of(inputs)
    columns = teaching(inputs.arm)
    if min(len(people), len(columns)) > most:
        draw = rng.generator(inputs.key, "comparator/ridge")
        people = np.sort(draw.choice(people, most, replace=False))
    y = np.asarray(inputs.phenotype, np.float64)[people]
    if np.ptp(y) == 0:
        raise ValueError(f"most: the phenotype of {most} people drawn is constant")
    data = _Data(
        inputs.arm,
        people,
        columns,
        y - y.mean(),
        lambda percent: inputs.progress(percent, 100, "ridge"),
    )
    fit = _by_people if len(people) <= len(columns) else _by_columns
    penalties, weights, means = fit(data, (1 - shares) / shares)
    predicted = np.full((len(validation), len(shares)), y.mean())
    for some in cut(len(columns), len(validation)):
        beside = encoded(data.arm, validation, columns[some]) - means[None, some]
        predicted += beside @ weights[some]
    score = r_squared(np.asarray(inputs.phenotype)[validation], predicted)
    chosen = int(score.argmax())
    whole = spread(weights[:, chosen], columns, inputs.arm)
    data.said(100)
    return RidgeFit(whole, people, penalties, score, chosen)


def _by_people(
    data: _Data, odds: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Penalties [L], weights [V', L] and means [V'], by the matrix of people."""
    count = len(data.people)
    means = np.empty(len(data.columns))

    def strips(before: int) -> Iterator[np.ndarray]:
        for some in cut(len(data.columns), count):
            data.said(before + 40 * some.start // len(data.columns))
            z = encoded(data.arm, data.people, data.columns[some])
            means[some] = z.mean(axis=0, dtype=np.float64)
            z -= means[None, some].astype(np.float32)
            yield z

    matrix = gram(strips(0), count)
    penalties = odds * np.trace(matrix) / count
    data.said(40)
    combined = solve_ridge(matrix, data.y, penalties)
    parts = [z.T.astype(np.float64) @ combined for z in strips(50)]
    return penalties, np.concatenate(parts), means


def _by_columns(
    data: _Data, odds: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The same by the matrix of columns."""
    count, width = len(data.people), len(data.columns)
    sums, products = np.zeros(width), np.zeros(width)

    def strips() -> Iterator[np.ndarray]:
        for some in cut(count, width):
            data.said(60 * some.start // count)
            z = encoded(data.arm, data.people[some], data.columns)
            sums[:] += z.sum(axis=0, dtype=np.float64)
            products[:] += z.T.astype(np.float64) @ data.y[some]
            yield z.T

    matrix = gram(strips(), width)
    means = sums / count
    for start in range(0, width, 1024):
        matrix[:, start : start + 1024] -= count * np.outer(
            means, means[start : start + 1024]
        )
    penalties = odds * np.trace(matrix) / count
    return penalties, solve_ridge(matrix, products, penalties), means
