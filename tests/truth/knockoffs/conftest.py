"""Small haplotype models, and tests of exchangeability."""

import numpy as np
import pytest

from gxjax.truth.knockoffs import HaplotypeModel


@pytest.fixture(scope="session")
def make_model():
    """`(variants, clusters, firsts, stay, seed) -> HaplotypeModel`."""

    def make(variants, clusters, firsts=(0,), stay=0.8, seed=0):
        random = np.random.default_rng(seed)
        stays = np.full(variants, stay, np.float32)
        stays[list(firsts)] = 0
        return HaplotypeModel(
            random.beta(0.3, 0.3, (variants, clusters)).clip(0.02, 0.98).astype("f4"),
            random.dirichlet(np.full(clusters, 4.0), variants).astype("f4"),
            stays,
        )

    return make


def _swapped(first, second, columns):
    """Both, [N, V] each, with some columns in each other's place."""
    mask = np.zeros(first.shape[1], bool)
    mask[columns] = True
    mask = mask[None, :]
    return np.where(mask, second, first), np.where(mask, first, second)


def _worst_moment(first, second, columns):
    """The largest |z| of a difference in means or products between as is and swapped.

    Every entry is a mean over people of something that has mean 0 if columns may trade
    places; z is that mean in its own standard errors.
    """
    whole = np.hstack([first, second]).astype(np.float64)
    other = np.hstack(_swapped(first, second, columns)).astype(np.float64)
    centre = whole.mean(axis=0)
    whole, other = whole - centre[None, :], other - centre[None, :]
    left, right = np.triu_indices(whole.shape[1])
    moments = np.hstack(
        [
            whole - other,
            whole[:, left] * whole[:, right] - other[:, left] * other[:, right],
        ]
    )
    errors = moments.std(axis=0, ddof=1) / np.sqrt(len(moments))
    return np.abs(moments.mean(axis=0)[errors > 0] / errors[errors > 0]).max()


def _energy_p_value(first, second, columns, draws=200, seed=0):
    """P-value of the energy test: half of the people as they are, half swapped.

    Szekely & Rizzo, Testing for equal distributions in high dimension (2004).
    """
    people = len(first)
    as_is = np.hstack([first, second]).astype(np.float64)
    other = np.hstack(_swapped(first, second, columns)).astype(np.float64)
    half = (np.arange(people) % 2).astype(bool)
    points = np.where(half[:, None], other, as_is)
    squares = (points**2).sum(axis=1)
    gram = squares[:, None] + squares[None, :] - 2 * points @ points.T
    distance = np.sqrt(np.maximum(gram, 0))
    random = np.random.default_rng(seed)
    signs = np.where(half, 1.0, -1.0)
    labels = np.stack([signs, *(random.permutation(signs) for _ in range(draws))])
    statistics = -((labels @ distance) * labels).sum(axis=1)
    return (statistics >= statistics[0]).mean()


def _near_correlations(first, second, reach=60):
    """Of variants less than `reach` apart: [pairs] within first, second, and across."""
    both = np.hstack([first, second]).astype(np.float64)
    correlation = np.corrcoef(both.T)
    count = first.shape[1]
    left, right = np.triu_indices(count, 1)
    near = right - left < reach
    left, right = left[near], right[near]
    return (
        correlation[left, right],
        correlation[count + left, count + right],
        correlation[left, count + right],
        np.diag(correlation[:count, count:]),
    )


@pytest.fixture(scope="session")
def worst_moment():
    """`(first, second, columns) -> |z|`."""
    return _worst_moment


@pytest.fixture(scope="session")
def energy_p_value():
    """`(first, second, columns) -> p`."""
    return _energy_p_value


@pytest.fixture(scope="session")
def near_correlations():
    """`(first, second) -> within first, within second, across, with its own`."""
    return _near_correlations
