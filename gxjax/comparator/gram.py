"""Products of all pairs of rows, and the linear systems that ridge makes of them."""

from __future__ import annotations

from collections.abc import Iterable

import jax
import jax.numpy as jnp
import numpy as np
from scipy.linalg import lapack

__all__ = ["gram", "solve_ridge"]

_TILE = 2048


def gram(strips: Iterable[np.ndarray], size: int) -> np.ndarray:
    """The matrix of inner products of the rows of strips that lie side by side.

    Tiles of it are summed in float32 within a strip, on JAX's first device, and in
    float64 beyond.

    Args:
      strips: float32 [size, w], the first one the widest; each is let go after use.
      size: R, of rows.

    Returns:
      float64 [R, R], symmetric, in Fortran order.
    """
    count = -(-size // _TILE)
    tile = -(-size // max(count, 1))
    total = np.zeros((size, size), order="F")
    width = 0
    for strip in strips:
        width = max(width, strip.shape[1])
        wide = [
            _tile_of(strip[start : start + tile], tile, width)
            for start in range(0, size, tile)
        ]
        for i, one in enumerate(wide):
            for j, other in enumerate(wide[: i + 1]):
                here = total[i * tile : (i + 1) * tile, j * tile : (j + 1) * tile]
                found = np.asarray(_product(one, other))
                here += found[: here.shape[0], : here.shape[1]]
    _mirror(total, from_lower=True)
    return total


def solve_ridge(
    matrix: np.ndarray, right: np.ndarray, penalties: Iterable[float]
) -> np.ndarray:
    """Solves (matrix + penalty I) x = right for each penalty, by Cholesky.

    No second matrix is made: a factor is written over the lower triangle, which is put
    back from the upper one; afterwards `matrix` is as it was.

    Args:
      matrix: float64 [R, R], symmetric, not negative, in Fortran order.
      right: float64 [R].
      penalties: L, above 0.

    Returns:
      float64 [R, L].

    Raises:
      ValueError: a penalty is too small for the matrix to be positive definite.
    """
    diagonal, found = matrix.diagonal().copy(), []
    for penalty in penalties:
        np.fill_diagonal(matrix, diagonal + penalty)
        factor, failed = lapack.dpotrf(matrix, lower=1, clean=0, overwrite_a=1)
        if not failed:
            found.append(lapack.dpotrs(factor, right, lower=1)[0])
        _mirror(matrix, from_lower=False)
        np.fill_diagonal(matrix, diagonal)
        if failed:
            raise ValueError(
                f"penalties: {penalty:g} leaves the matrix singular; give a larger one"
            )
    return np.stack(found, axis=1)


@jax.jit
def _product(one: jax.Array, other: jax.Array) -> jax.Array:
    return jnp.matmul(one, other.T, precision=jax.lax.Precision.HIGHEST)


def _tile_of(rows: np.ndarray, tile: int, width: int) -> jax.Array:
    """One shape for all tiles, so that one program serves them all."""
    lack = (tile - rows.shape[0], width - rows.shape[1])
    return jnp.asarray(np.pad(rows, ((0, lack[0]), (0, lack[1]))))


def _mirror(matrix: np.ndarray, *, from_lower: bool) -> None:
    """Copies one triangle to the other, in pieces."""
    for start in range(0, len(matrix), _TILE):
        here, before = slice(start, start + _TILE), slice(0, start)
        corner = matrix[here, here]
        if from_lower:
            matrix[before, here] = matrix[here, before].T
            corner[:] = np.tril(corner) + np.tril(corner, -1).T
        else:
            matrix[here, before] = matrix[before, here].T
            corner[:] = np.triu(corner) + np.triu(corner, 1).T
