"""In which order people are seen: the same for all members, or each member's own."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import jax
import numpy as np

from gxjax import rng

__all__ = ["Order"]


class Order(NamedTuple):
    """The batches of a run, a pure function of key and epoch.

    So a run goes on after a kill from a count of steps alone. A last batch of an epoch
    that would be smaller than the others is left out.

    Attributes:
      key: names every permutation.
      people: int [n], TRAIN people.
      batch_size: B.
      members: identities int [M], or None where all members share their batches.
      bootstrap: whether a member sees n people drawn with replacement, once for the
        whole run, instead of each person once; only with `members`.
    """

    key: jax.Array
    people: np.ndarray
    batch_size: int
    members: np.ndarray | None = None
    bootstrap: bool = False

    @property
    def steps(self) -> int:
        """Batches of an epoch."""
        return len(self.people) // self.batch_size

    def batches(self, epoch: int, start: int = 0) -> Iterator[np.ndarray]:
        """Batches `start`, start + 1, ... of an epoch: int32 [B], or [M, B]."""
        if self.members is None:
            shuffled = self._shuffled(self.people, "ensemble/order", epoch)
        else:
            own = [self._own(int(member), epoch) for member in self.members]
            shuffled = np.stack(own)
        for step in range(start, self.steps):
            left = step * self.batch_size
            yield shuffled[..., left : left + self.batch_size]

    def _own(self, member: int, epoch: int) -> np.ndarray:
        people = self.people
        if self.bootstrap:
            draw = rng.generator(self.key, "ensemble/bootstrap", member)
            people = draw.choice(people, len(people))
        return self._shuffled(people, "ensemble/own_order", epoch, member)

    def _shuffled(self, people: np.ndarray, name: str, *numbers: int) -> np.ndarray:
        order = rng.generator(self.key, name, *numbers).permutation(people)
        return order.astype(np.int32)
