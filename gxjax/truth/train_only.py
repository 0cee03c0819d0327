"""Truth made of TRAIN people only, and genotypes of everybody else beside it."""

from __future__ import annotations

import numpy as np

from gxjax.types import TRAIN

__all__ = ["beside_others", "train_mask"]


def train_mask(split: np.ndarray | None, people: int) -> np.ndarray:
    """bool [N]: who is in TRAIN; everybody where there is no split.

    Raises:
      ValueError: a split of another number of people, or nobody is in TRAIN.
    """
    if split is None:
        return np.ones(people, bool)
    if np.shape(split) != (people,):
        raise ValueError(
            f"split: found shape {np.shape(split)}; expected ({people},), one entry "
            "per person"
        )
    train = np.asarray(split) == TRAIN
    if not train.any():
        raise ValueError(f"split: none of {people} people is in TRAIN ({TRAIN})")
    return train


def beside_others(
    generator: np.random.Generator, codes: np.ndarray, train: np.ndarray
) -> np.ndarray:
    """Dosages of everybody, in Hardy-Weinberg proportions for whoever is not in TRAIN.

    Args:
      generator: of this variant alone.
      codes: uint8 [n], dosages of TRAIN people, whose frequency is that of the others.
      train: bool [N], n of them true.

    Returns:
      uint8 [N]; `codes` itself where everybody is in TRAIN.
    """
    if train.all():
        return codes
    everybody = np.empty(len(train), np.uint8)
    everybody[train] = codes
    others = len(train) - len(codes)
    everybody[~train] = generator.binomial(2, codes.mean() / 2, others)
    return everybody
