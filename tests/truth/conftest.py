"""Simulated people, and LD worked out by NumPy alone."""

from typing import NamedTuple

import jax
import numpy as np
import pytest

from gxjax.genotypes import simulate_genotypes, unpack
from gxjax.types import Genotypes, Neighbours

PEOPLE, VARIANTS, TRAIN_PEOPLE = 1500, 400, 1200


class People(NamedTuple):
    """`dosages` float64 [N, V] with NaN; `train` bool [N]; `split` int8 [N]."""

    genotypes: Genotypes
    dosages: np.ndarray
    split: np.ndarray
    train: np.ndarray
    neighbours: Neighbours


def neighbours_of(r2, least):
    """`Neighbours` of a dense matrix of r^2 [V, V]."""
    linked = (r2 >= least) & ~np.eye(len(r2), dtype=bool)
    rows, columns = np.nonzero(linked)
    starts = np.searchsorted(rows, np.arange(len(r2) + 1))
    return Neighbours(
        starts.astype(np.int64),
        columns.astype(np.int32),
        r2[rows, columns].astype(np.float32),
    )


@pytest.fixture(scope="session")
def people():
    genotypes = simulate_genotypes(
        jax.random.key(3), PEOPLE, VARIANTS, missing_rate=0.01
    )
    codes = unpack(genotypes.packed, VARIANTS).astype(float)
    dosages = np.where(codes == 3, np.nan, codes)
    split = np.repeat([0, 1, 2], [TRAIN_PEOPLE, 100, 200]).astype(np.int8)
    split = np.random.default_rng(0).permutation(split)
    train = split == 0
    mean = np.nanmean(dosages[train], axis=0)
    filled = np.where(np.isnan(dosages), mean, dosages)[train]
    r2 = np.corrcoef(filled.T) ** 2
    return People(genotypes, dosages, split, train, neighbours_of(r2, 0.05))
