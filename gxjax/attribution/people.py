"""A function of one person for a batch of them, in chunks that stay in the cache."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import jax
import jax.extend.core as jex

__all__ = ["map_people", "working_set"]


def working_set(platform: str) -> int:
    """Bytes that intermediate results may fill, so that they stay close to the cores.

    For a processor, about what its caches hold: on two cores of 1 MiB each with 32 MiB
    in common, the heads of integrated gradients under noise ran 1.6 times faster so
    than on 64 people at once. For an accelerator, which would rather have large
    products, it is a guess that nobody has measured.
    """
    return 8 * 2**20 if platform == "cpu" else 512 * 2**20


def map_people(function: Callable, shared: tuple, people: tuple, room: int) -> Any:
    """`vmap(function, (None.., 0..))(*shared, *people)`, a chunk of people at a time.

    Args:
      function: `(*shared, *person)`, for one person; traced once.
      shared: pytrees, the same for all.
      people: pytrees of arrays [B, ...].
      room: bytes that the largest array of a chunk may have.

    Returns:
      What `function` returns, with a leading axis B.
    """
    one = jax.jit(function)
    count = len(jax.tree.leaves(people)[0])
    first = jax.tree.map(lambda a: a[0], people)
    largest = _largest(jax.make_jaxpr(one)(*shared, *first).jaxpr)
    size = max(1, room // largest)
    batched = jax.vmap(one, (*(None for _ in shared), *(0 for _ in people)))
    if size >= count:
        return batched(*shared, *people)
    return jax.lax.map(lambda each: one(*shared, *each), people, batch_size=size)


def _largest(jaxpr: Any) -> int:
    """Bytes of the largest array that any equation of a jaxpr makes."""
    sizes = [1]
    for equation in jaxpr.eqns:
        sizes += [_bytes(made.aval) for made in equation.outvars]
        for inner in jax.tree.leaves(list(equation.params.values()), is_leaf=_is_jaxpr):
            if _is_jaxpr(inner):
                sizes.append(_largest(getattr(inner, "jaxpr", inner)))
    return max(sizes)


def _is_jaxpr(value: Any) -> bool:
    return isinstance(value, jex.Jaxpr | jex.ClosedJaxpr)


def _bytes(aval: Any) -> int:
    if not hasattr(aval, "shape") or not hasattr(aval.dtype, "itemsize"):
        return 0
    return math.prod(aval.shape) * aval.dtype.itemsize
