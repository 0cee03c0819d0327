"""What is timed: gxjax, plain JAX and captum, on one network and the same people."""

from __future__ import annotations

import os
from collections.abc import Sequence
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from bench.networks import (
    DRAWS,
    STEPS,
    column_name,
    random_baseline,
    random_front,
    random_kernel,
    random_people,
    with_steps,
)
from bench.timing import Contestant
from gxjax.attribution import score
from gxjax.attribution.noise import compose
from gxjax.types import DosageSource, LinearFront

__all__ = [
    "Case",
    "captum_contestants",
    "fitting_batches",
    "gxjax_contestants",
    "make_case",
    "plain_contestants",
]

METHODS = with_steps(STEPS)

COPIES = 4
"""Copies of its noisy path points [B, K, S, V] that captum holds, as measured."""


class Case(NamedTuple):
    """What all sides attribute.

    Attributes:
      front: one network.
      source: N people.
      size: N.
      baseline: float32 [1, V].
      columns: the score columns of every side.
    """

    front: LinearFront
    source: DosageSource
    size: int
    baseline: np.ndarray
    columns: Sequence[tuple[str, str]]

    def dosages(self, count: int) -> np.ndarray:
        """Of the first people, float32 [count, V]."""
        rows = jnp.arange(count, dtype=jnp.int32)
        return np.asarray(self.source.fetch(self.source.arrays, rows))


def make_case(
    people: int,
    variants: int,
    widths: tuple[int, ...],
    columns: Sequence[tuple[str, str]],
) -> Case:
    """Random, and the same in every run."""
    front = random_front(random_kernel(0, (1, variants, widths[0])), widths)
    source = random_people(jax.random.key(1), people, variants)
    return Case(front, source, people, random_baseline(2, variants), columns)


def gxjax_contestants(
    case: Case, batch_size: int, alone: bool = True
) -> list[Contestant]:
    """Every column alone and all in one pass, exact and with merged draws."""
    people = np.arange(case.size, dtype=np.int32)

    def run(columns: Sequence[tuple[str, str]], merge: bool) -> Any:
        return score(
            case.front, case.source, people, people.astype(np.uint32), case.baseline,
            columns, key=jax.random.key(0), methods=METHODS, batch_size=batch_size,
            draws=DRAWS, merge_draws=merge,
        )  # fmt: skip

    def contestant(
        side: str, name: str, columns: Sequence[tuple[str, str]]
    ) -> Contestant:
        call = partial(run, columns, side == "gxjax_merged")
        return Contestant(side, name, case.size, call)

    # Merging changes nothing else: squared local scores need no product per draw.
    noisy = [c for c in case.columns if c[1] != "none" and METHODS[c[0]].times_input]
    found = []
    for side, columns in (("gxjax", case.columns), ("gxjax_merged", noisy)):
        if alone:
            found += [contestant(side, column_name(c), [c]) for c in columns]
        found.append(contestant(side, "all", case.columns))
    return found


@partial(jax.jit, static_argnums=(0, 1))
def attribute_plainly(column, head, network, x, baseline, keys):
    """Attributions [B, V] by `jax.grad` and `vmap` of the whole network."""
    kernel, bias, tail = network
    attribution = compose(METHODS[column[0]], column[1], baselines=1, draws=DRAWS)

    def f(one: jax.Array) -> jax.Array:
        return head(tail, one @ kernel + bias)

    def person(one: jax.Array, key: jax.Array) -> jax.Array:
        return attribution(f, one, baseline=baseline, key=key)

    return jax.vmap(person)(x, keys)


def plain_contestants(case: Case, batches: Sequence[int], gib: float) -> list:
    """What one would write without the front, compiled; dosages decoded before."""
    front = case.front
    network = jax.tree.map(lambda a: a[0], (front.kernel, front.bias, front.tail))

    def call(column: tuple[str, str], x: jax.Array, keys: jax.Array) -> None:
        jax.block_until_ready(
            attribute_plainly(column, front.head, network, x, case.baseline, keys)
        )

    found = []
    for column in case.columns:
        for size in fitting_batches(case, column, batches, gib):
            x = jnp.asarray(case.dosages(size))
            run = partial(call, column, x, jax.random.split(jax.random.key(0), size))
            found.append(Contestant("plain_jax", column_name(column), size, run))
    return found


def captum_contestants(case: Case, batches: Sequence[int], gib: float) -> list:
    """One person at a time, as the published code runs, and in batches.

    Raises:
      ImportError: torch or captum is not there.
    """
    import torch

    from bench.captum_side import captum_calls, torch_network

    torch.set_num_threads(os.cpu_count() or 1)
    calls = captum_calls(torch_network(case.front), case.baseline, STEPS, DRAWS)
    found = []
    for column in case.columns:
        for size in dict.fromkeys((1, *fitting_batches(case, column, batches, gib))):
            run = partial(calls[column], torch.tensor(case.dosages(size)))
            found.append(Contestant("captum", column_name(column), size, run))
    return found


def fitting_batches(
    case: Case, column: tuple[str, str], batches: Sequence[int], gib: float
) -> list[int]:
    """Of `batches`, those of people there are whose path points take at most `gib`."""
    points = {"integrated_gradients": STEPS, "gradient_shap": DRAWS}.get(column[0], 1)
    points *= 1 if column[1] == "none" else DRAWS
    person = COPIES * points * case.baseline.nbytes / 2**30
    return [size for size in batches if size <= case.size and size * person <= gib]
