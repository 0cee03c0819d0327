"""Random keys by name, so that a new consumer shifts nobody else's numbers."""

from __future__ import annotations

import zlib

import jax
import numpy as np

__all__ = ["generator", "named"]


def named(key: jax.Array, name: str, *indices: int | jax.Array) -> jax.Array:
    """The child of `key` for the use `name`, for example `"truth/dominant", i`.

    The name is hashed with CRC-32: unlike `hash()`, it is the same in every process.

    Args:
      key: a JAX key (typed or legacy uint32 [2]).
      name: what the child is used for.
      *indices: integers (or traced scalars) below 2**32, folded in one after another.

    Returns:
      A key of the same kind.
    """
    child = jax.random.fold_in(key, zlib.crc32(name.encode()))
    for index in indices:
        child = jax.random.fold_in(child, index)
    return child


def generator(key: jax.Array, name: str, *indices: int) -> np.random.Generator:
    """A NumPy generator seeded by `named(key, name, *indices)`, for host-side draws."""
    child = named(key, name, *indices)
    if jax.dtypes.issubdtype(child.dtype, jax.dtypes.prng_key):
        child = jax.random.key_data(child)
    return np.random.default_rng(np.asarray(child).astype(np.uint64).tolist())
