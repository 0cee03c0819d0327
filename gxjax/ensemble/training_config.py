"""How networks are fitted: what members share, and what each may have of its own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

__all__ = ["Hyperparameters", "TrainingConfig", "hyperparameters"]


@dataclass(frozen=True)
class TrainingConfig:
    """How a network is fitted; the defaults are the published ones, but for the order.

    A rate or penalty may be a tuple of M numbers, one a member: a sweep is an ensemble.

    Attributes:
      epochs: the most passes over TRAIN.
      batch_size: people per step.
      learning_rate: Adam's, at the start.
      cosine: whether the rate falls to 0 as a half cosine over all epochs.
      l1: weight of the sum of absolute weights in the loss.
      l2: weight decay, added to the gradient before Adam as torch's Adam does, but of
        weight matrices only.
      clip_norm: the gradient of a member is scaled down to this norm; 0 for never.
      patience: epochs without a better validation score before a member stops.
      min_delta: by how much a score must be better to count.
      data_order: "shared" batches for all members, or "own" ones, as the published runs
        have them.
      bootstrap: whether each member sees TRAIN people drawn with replacement; with
        "own" order only.
      accumulate: how many parts a batch is cut into, whose gradients are averaged
        before the optimiser's step; batch norm sees one part at a time, and where
        phenotypes are missing each part counts the same, however many it has.
      bfloat16_moments: whether Adam's first moment is kept in bfloat16.
    """

    epochs: int = 100
    batch_size: int = 128
    learning_rate: float | tuple[float, ...] = 1e-4
    cosine: bool = True
    l1: float | tuple[float, ...] = 0.0
    l2: float | tuple[float, ...] = 0.0
    clip_norm: float = 0.0
    patience: int = 10
    min_delta: float = 0.0
    data_order: Literal["shared", "own"] = "shared"
    bootstrap: bool = False
    accumulate: int = 1
    bfloat16_moments: bool = False

    @property
    def has_l1(self) -> bool:
        return bool(np.any(self.l1))

    @property
    def has_l2(self) -> bool:
        return bool(np.any(self.l2))

    def __post_init__(self) -> None:
        lowest = {"epochs": 1, "batch_size": 2, "patience": 1, "clip_norm": 0}
        for name, least in lowest.items():
            if not getattr(self, name) >= least:
                raise ValueError(
                    f"{name} is {getattr(self, name)}; expected {least} or more"
                )
        if self.data_order not in ("shared", "own"):
            raise ValueError(
                f"data_order is {self.data_order!r}; expected 'shared' or 'own'"
            )
        if self.bootstrap and self.data_order != "own":
            raise ValueError(
                "bootstrap draws people for each member, so members can't share "
                "batches: it needs data_order 'own'"
            )
        if self.accumulate < 1 or self.batch_size % self.accumulate:
            raise ValueError(
                f"accumulate is {self.accumulate}; expected a divisor of batch_size = "
                f"{self.batch_size}"
            )
        if self.batch_size // self.accumulate < 2:
            raise ValueError(
                f"batch_size {self.batch_size} in {self.accumulate} parts leaves fewer "
                "than 2 people a part, which batch norm and R^2 need"
            )


class Hyperparameters(NamedTuple):
    """What may differ between members: learning_rate, l1, l2, float32 [M] or []."""

    learning_rate: jax.Array
    l1: jax.Array
    l2: jax.Array


def hyperparameters(config: TrainingConfig, members: int) -> Hyperparameters:
    """A member's own rate and penalties, each float32 [M].

    Raises:
      ValueError: a tuple is not of M numbers, or a number is negative or not finite.
    """
    found = []
    for name in Hyperparameters._fields:
        given = np.atleast_1d(np.asarray(getattr(config, name), np.float32))
        if given.ndim != 1 or len(given) not in (1, members):
            raise ValueError(
                f"{name}: {given.size} numbers for {members} members; expected one, or "
                "one a member"
            )
        if not (np.isfinite(given) & (given >= 0)).all():
            raise ValueError(f"{name}: {given.tolist()}; expected numbers of 0 or more")
        found.append(jnp.asarray(np.broadcast_to(given, (members,))))
    return Hyperparameters(*found)
