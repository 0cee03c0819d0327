"""A number that any changed byte of an array changes, computed where the array lies."""

from __future__ import annotations

from collections.abc import Sequence

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

__all__ = ["checksums"]


def checksums(arrays: Sequence[jax.Array | np.ndarray]) -> list[int]:
    """A 64-bit checksum of each array, a function of its values and their order alone.

    It is the same however an array is spread over devices, no array is moved, and
    nothing of its size is made: each device sums its own part. A change within one
    aligned 4 bytes always changes it; any other change is missed once in about 2^64
    times. It is no protection against malice.

    Args:
      arrays: of any shape and real dtype; those of several hosts need every process.
    """
    # All are launched before the first is waited for.
    sums = [_sums(_as_device(array)) for array in arrays]
    return [int(first) << 32 | int(second) for first, second in sums]


def _as_device(array: jax.Array | np.ndarray) -> jax.Array:
    if isinstance(array, np.ndarray) and array.dtype.itemsize == 8:
        # jax would cut 64-bit numbers of the host to 32.
        array = np.ascontiguousarray(array).reshape(-1).view(np.uint32)
    return jnp.asarray(array)


@jax.jit
def _sums(array: jax.Array) -> tuple[jax.Array, jax.Array]:
    if array.dtype == jnp.bool_:
        array = array.astype(jnp.uint8)
    width = 8 * min(array.dtype.itemsize, 4)
    words = lax.bitcast_convert_type(array, f"uint{width}").astype(jnp.uint32)
    mixed = _mix(words ^ (_positions(words.shape) * np.uint32(0x9E3779B1)))
    zero, axes = jnp.uint32(0), tuple(range(words.ndim))
    # In one reduction: for each sum alone XLA on CPUs writes down all its terms first.
    first, second = lax.reduce((mixed, _mix(mixed)), (zero, zero), _add, axes)
    return first, second


def _add(one: tuple, other: tuple) -> tuple:
    return one[0] + other[0], one[1] + other[1]


def _positions(shape: tuple[int, ...]) -> jax.Array:
    """uint32 of `shape`: each element's index in row-major order, modulo 2^32."""
    positions, stride = jnp.zeros(shape, jnp.uint32), 1
    for axis in reversed(range(len(shape))):
        index = lax.broadcasted_iota(jnp.uint32, shape, axis)
        positions = positions + index * np.uint32(stride % 2**32)
        stride *= shape[axis]
    return positions


def _mix(words: jax.Array) -> jax.Array:
    """A bijection of uint32 whose every output bit hangs on every input bit.

    References:
      Appleby, "MurmurHash3" (2011), fmix32,
      https://github.com/aappleby/smhasher/wiki/MurmurHash3
    """
    words = (words ^ (words >> 16)) * np.uint32(0x85EBCA6B)
    words = (words ^ (words >> 13)) * np.uint32(0xC2B2AE35)
    return words ^ (words >> 16)
