"""Stretches of a fixed length and people in blocks of a fixed size, for the scans."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from typing import TypeVar

import jax
import jax.numpy as jnp
import numpy as np

from gxjax.genotypes.packed import unpack
from gxjax.rng import named
from gxjax.truth.knockoffs.haplotype_model import HaplotypeModel
from gxjax.types import MISSING, Genotypes

__all__ = [
    "PEOPLE",
    "SITES",
    "cut_codes",
    "cut_model",
    "in_threads",
    "person_uniforms",
    "read_codes",
]

PEOPLE = 64
"""People who go through the scans together: what a step touches fits a core's cache."""

SITES = 128
"""Variants of a segment; the filter is kept between segments, and inside of one."""

_Item = TypeVar("_Item")
_Found = TypeVar("_Found")


def cut_model(model: HaplotypeModel) -> list[HaplotypeModel]:
    """Segments of `SITES` variants, on the device; the last one is padded.

    A padded variant is one at which both chains begin anew and nobody has a call.
    """
    fillings = (0.5, 1 / model.theta.shape[1], 0.0)
    parts = [
        _cut(np.asarray(part, np.float32), filling)
        for part, filling in zip(model, fillings, strict=True)
    ]
    return [
        HaplotypeModel(*map(jnp.asarray, segment))
        for segment in zip(*parts, strict=True)
    ]


def cut_codes(codes: np.ndarray) -> list[np.ndarray]:
    """uint8 [B, V], B at most `PEOPLE`, as segments uint8 [SITES, PEOPLE].

    Who only fills the block up has no call.
    """
    whole = np.full((PEOPLE, codes.shape[1]), MISSING, np.uint8)
    whole[: len(codes)] = codes
    return list(_cut(whole.T, MISSING))


def _cut(array: np.ndarray, filling: float) -> np.ndarray:
    """[V, ...] as [S, SITES, ...]."""
    total = -(-len(array) // SITES) * SITES
    padded = np.full((total, *array.shape[1:]), filling, array.dtype)
    padded[: len(array)] = array
    return padded.reshape(-1, SITES, *array.shape[1:])


def read_codes(genotypes: Genotypes, people: slice | np.ndarray) -> np.ndarray:
    """uint8 [B, V]: the 2-bit codes of some people; a store is read in part."""
    return unpack(np.asarray(genotypes.packed[people]), len(genotypes.variants))


@partial(jax.jit, static_argnames=("name", "draws"))
def person_uniforms(
    key: jax.Array, name: str, people: jax.Array, segment: int, draws: int
) -> jax.Array:
    """float32 [SITES, draws, B] in [0, 1), of the numbers [B] of people.

    A person's numbers depend on nobody else, nor on who shares the block.
    """

    def of_person(person: jax.Array) -> jax.Array:
        child = named(key, name, person, segment)
        return jax.random.uniform(child, (SITES, draws))

    return jnp.moveaxis(jax.vmap(of_person)(people), 0, -1)


def in_threads(
    work: Callable[[_Item], _Found], items: Iterable[_Item]
) -> Iterator[_Found]:
    """`work` of each item, in order, on as many threads as there are cores.

    A scan of small steps keeps one core busy and no more. At most two results per core
    wait for the consumer.
    """
    cores = _cores()
    with ThreadPoolExecutor(cores) as pool:
        waiting = deque[Future[_Found]]()
        for item in items:
            waiting.append(pool.submit(work, item))
            if len(waiting) >= 2 * cores:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


def _cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
