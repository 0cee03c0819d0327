"""The kernel's rows of a few chosen variants, and chunks of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import jax
import jax.numpy as jnp
import numpy as np

from gxjax.faithfulness.network import variant_count
from gxjax.types import Channels, LinearFront

__all__ = ["chosen_variants", "kernel_rows", "per_chunk"]

_VALUES = 2**22
"""Activations of one chunk."""


def chosen_variants(
    front: LinearFront, variants: Sequence[int] | np.ndarray
) -> np.ndarray:
    """int32 array of columns as given, of any shape but empty.

    Raises:
      ValueError: they are no integers, none, or none of the network's.
    """
    columns, width = np.asarray(variants), variant_count(front)
    if columns.dtype.kind not in "iu" or not columns.size:
        raise ValueError(
            f"variants: found {columns.size} of type {columns.dtype}; expected "
            "columns, integers, at least one"
        )
    if columns.min() < 0 or columns.max() >= width:
        raise ValueError(
            f"variants: found {columns.min()} to {columns.max()}; expected 0 to "
            f"{width - 1}"
        )
    return columns.astype(np.int32)


def kernel_rows(
    kernel: jax.Array, index: jax.Array, columns: jax.Array, channels: Channels
) -> jax.Array:
    """Rows float [T, L, H] of T variants, of member `index`."""
    count = len(channels.functions)
    places = columns[:, None] * count + jnp.arange(count, dtype=columns.dtype)[None]
    return kernel[index, places]


def per_chunk(columns: np.ndarray, values: int) -> Iterator[tuple[jax.Array, int]]:
    """Chunks of one length, the last filled up with its last, and how many count.

    Args:
      columns: [T, ...].
      values: activations that one of them takes.
    """
    size = min(len(columns), max(1, _VALUES // values))
    for start in range(0, len(columns), size):
        places = np.minimum(np.arange(start, start + size), len(columns) - 1)
        yield jnp.asarray(columns[places]), min(size, len(columns) - start)
