"""The largest eigenvalues of a symmetric operator from a few of its products."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

__all__ = ["Eigenpairs", "block_krylov"]

_DIRECT = 512
_CLOSE, _EXACT = 1e-2, 1e-5


class Eigenpairs(NamedTuple):
    """The K largest eigenvalues found, and how well.

    Attributes:
      values: float64 [K], decreasing.
      vectors: float64 [N, K], of length 1.
      residuals: float64 [K], |A v - value v|; an eigenvalue is that near.
      products: how many blocks the operator was applied to.
    """

    values: np.ndarray
    vectors: np.ndarray
    residuals: np.ndarray
    products: int


def block_krylov(
    operator: Callable[[np.ndarray], np.ndarray],
    start: np.ndarray,
    count: int,
    most: int = 20,
) -> Eigenpairs:
    """Randomised block Krylov iteration, with the whole space of all powers kept.

    From a random block G the space of G, A G, A^2 G, ... is built, and the eigenpairs
    of A within it are taken. It stops when each of the first K has a residual below 1 %
    of its distance to the next eigenvalue, which turns its vector by less than about
    0.01, or below 1e-5 of the largest eigenvalue. Up to 512 people the operator is
    written out and solved directly.

    References: Halko, Martinsson, Tropp, "Finding structure with randomness:
    probabilistic algorithms for constructing approximate matrix decompositions", 2011,
    https://doi.org/10.1137/090771806. Musco, Musco, "Randomized block Krylov methods
    for stronger and faster approximate singular value decomposition", 2015,
    https://arxiv.org/abs/1504.05477. Galinsky et al., "Fast principal-component
    analysis reveals convergent evolution of ADH1B in Europe and East Asia", 2016,
    https://doi.org/10.1016/j.ajhg.2015.12.022, who use it on genotypes.

    Eigenvalues that lie close together have vectors that no iteration tells apart; the
    residuals tell how far each is to be trusted.

    Args:
      operator: symmetric, float64 [N, L] -> [N, L].
      start: float64 [N, L], random, L above `count`.
      count: K.
      most: blocks at most, so memory for N x L x most numbers of 4 bytes.
    """
    people, width = start.shape
    if people <= _DIRECT:
        return _direct(operator, people, count)
    block = np.linalg.qr(start)[0]
    basis: list[np.ndarray] = []
    inner = np.zeros((0, 0))
    while True:
        basis.append(block.astype(np.float32))
        found = operator(block)
        inner = _grow(inner, basis, found)
        rest, coupling = _orthogonal(basis, found)
        values, turns = np.linalg.eigh(inner)
        values, turns = values[::-1], turns[:, ::-1]
        residuals = np.linalg.norm(coupling @ turns[-width:], axis=0)
        full = len(basis) == most or (len(basis) + 1) * width > people
        if full or _done(values, residuals, count):
            vectors = sum(
                part @ turns[width * place : width * (place + 1), :count]
                for place, part in enumerate(basis)
            )
            vectors = np.asarray(vectors) / np.linalg.norm(vectors, axis=0)[None, :]
            return Eigenpairs(values[:count], vectors, residuals[:count], len(basis))
        block = rest


def _direct(
    operator: Callable[[np.ndarray], np.ndarray], people: int, count: int
) -> Eigenpairs:
    matrix = operator(np.eye(people))
    values, vectors = np.linalg.eigh((matrix + matrix.T) / 2)
    values, vectors = values[::-1][:count], vectors[:, ::-1][:, :count]
    return Eigenpairs(values, vectors, np.zeros(count), 1)


def _grow(inner: np.ndarray, basis: list[np.ndarray], found: np.ndarray) -> np.ndarray:
    """The operator within the basis, one block larger."""
    side = np.concatenate([part.T @ found for part in basis])
    size, width = len(side), found.shape[1]
    larger = np.zeros((size, size))
    larger[:-width, :-width] = inner
    larger[:, -width:] = side
    larger[-width:, :] = side.T
    corner = side[-width:]
    larger[-width:, -width:] = (corner + corner.T) / 2
    return larger


def _orthogonal(
    basis: list[np.ndarray], found: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """An orthonormal block of what is new in `found` [N, L], and its share [L, L]."""
    rest = found.copy()
    # Once is not enough in floating point; twice is.
    for _ in range(2):
        for part in basis:
            rest -= part @ (part.T @ rest)
    return np.linalg.qr(rest)


def _done(values: np.ndarray, residuals: np.ndarray, count: int) -> bool:
    if len(values) <= count:
        return False
    gaps = values[:count] - values[1 : count + 1]
    nearest = np.minimum(gaps, np.concatenate([[np.inf], gaps[:-1]]))
    bound = np.maximum(_CLOSE * nearest, _EXACT * values[0])
    return bool((residuals[:count] <= bound).all())
