"""Gradient-boosted trees by LightGBM: they see dominance, and some epistasis."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from gxjax import rng
from gxjax.comparator.columns import encoded, score_of_effects
from gxjax.comparator.gwas import gwas_genotypic_score
from gxjax.comparator.inputs import Inputs, people_of
from gxjax.comparator.screening import BYTES, screen, spread
from gxjax.genotypes.formats.library import load_library

__all__ = ["BoostingFit", "boosting_score", "fit_boosting"]

_FEW = 1_000_000


class BoostingFit(NamedTuple):
    """Boosted trees, and when they were stopped.

    Attributes:
      gains: float64 [V], how much all splits on a column lowered the squared error of
        TRAIN people; 0 for a column that no tree uses.
      screened: int64 [c], the columns that were fitted.
      rounds: trees that are kept, chosen by VALIDATION people.
    """

    gains: np.ndarray
    screened: np.ndarray
    rounds: int


def boosting_score(inputs: Inputs) -> np.ndarray:
    """Gain of each column in `fit_boosting`.

    A gain is of TRAIN people, so that a deep tree's last splits have some without any
    meaning; a split is found by its main effect at that place, so a pair without main
    effects is found by luck; columns in LD share a gain, or one of them takes it.

    Args:
      inputs: `Inputs`.

    Returns:
      float64 [V], 0 where no tree uses the column: `benchmark.ranking` puts those in an
      order by chance; -inf where it does not vary in TRAIN or is not typed.

    Raises:
      ValueError: as of `fit_boosting`.
    """
    return score_of_effects(fit_boosting(inputs).gains, inputs.arm)


def fit_boosting(
    inputs: Inputs,
    *,
    rounds: int = 500,
    learning_rate: float = 0.05,
    leaves: int = 8,
    patience: int = 30,
    most_bytes: int = BYTES,
) -> BoostingFit:
    """Regression trees, each on what the ones before have left.

    Stopped where the squared error of VALIDATION people has not fallen for `patience`
    trees. Where the genotypes of TRAIN and VALIDATION people at all columns would take
    more than `most_bytes`, only the columns with the smallest p of the genotypic test
    are fitted. A 0/1 phenotype is fitted as a number.

    Args:
      inputs: `Inputs`.
      rounds: trees at most.
      learning_rate: weight of a tree, above 0.
      leaves: of a tree, at least 2; 2 sees no interaction.
      patience: trees without a smaller error before it ends.
      most_bytes: of genotypes in memory, in float32; LightGBM's own copy takes a
        quarter of it more.

    Returns:
      `BoostingFit`; the same whatever the number of threads.

    Raises:
      ValueError: LightGBM is not installed (`pip install gxjax[boosting]`), an argument
        is out of range, or what `people_of` and `teaching` refuse.

    References:
      Ke et al., "LightGBM: a highly efficient gradient boosting decision tree", 2017,
      https://papers.nips.cc/paper/6907
    """
    _check(rounds, learning_rate, leaves, patience)
    library = load_library("lightgbm", "boosting", "gradient boosting")
    people, validation = people_of(inputs)
    columns = screen(
        inputs.arm,
        len(people) + len(validation),
        most_bytes,
        lambda: gwas_genotypic_score(inputs.arm, inputs.phenotype, people),
    )
    draw = rng.generator(inputs.key, "comparator/boosting")
    settings = {
        "objective": "regression",
        "learning_rate": learning_rate,
        "num_leaves": leaves,
        "seed": int(draw.integers(2**31 - 1)),
        "deterministic": True,
        "force_col_wise": True,
        "enable_bundle": False,
        # Few genotypes on many threads: threads that wait for each other.
        "num_threads": 1 if len(people) * len(columns) < _FEW else 0,
        "verbosity": -1,
    }
    model = _train(library, settings, inputs, (people, validation), columns, rounds,
                   patience)  # fmt: skip
    best = model.best_iteration
    gains = model.feature_importance("gain", iteration=best)
    return BoostingFit(spread(gains, columns, inputs.arm), columns, best)


def _check(rounds: int, learning_rate: float, leaves: int, patience: int) -> None:
    if not 0 < learning_rate <= 1:
        raise ValueError(f"learning_rate: {learning_rate}; expected above 0, at most 1")
    for name, value, least in (
        ("rounds", rounds, 1),
        ("leaves", leaves, 2),
        ("patience", patience, 1),
    ):
        if value < least:
            raise ValueError(f"{name}: {value}; expected at least {least}")


def _train(
    library: Any,
    settings: dict[str, Any],
    inputs: Inputs,
    parts: tuple[np.ndarray, np.ndarray],
    columns: np.ndarray,
    rounds: int,
    patience: int,
) -> Any:
    """LightGBM's Booster of TRAIN, stopped by VALIDATION."""
    y = np.asarray(inputs.phenotype, np.float64)
    train, validation = (encoded(inputs.arm, people, columns) for people in parts)
    taught = library.Dataset(train, y[parts[0]], params=settings)
    tested = library.Dataset(validation, y[parts[1]], taught, params=settings)

    def said(state: Any) -> None:
        inputs.progress(state.iteration + 1, rounds, "gradient boosting")

    ending = library.early_stopping(patience, verbose=False)
    model = library.train(
        settings, taught, rounds, valid_sets=[tested], callbacks=[said, ending]
    )
    inputs.progress(rounds, rounds, "gradient boosting")
    return model
