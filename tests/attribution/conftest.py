"""Toy networks with biases and batch norm, split behind their first product."""

import functools
from typing import Any, NamedTuple

import flax.linen as nn
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from quick_compilation import quick_compilation

from gxjax.types import DosageSource, LinearFront

V, H, PEOPLE = 40, 12, 21


class Tail(nn.Module):
    """Everything behind the first product."""

    activation: Any

    @nn.compact
    def __call__(self, h):
        for _ in range(2):
            h = nn.BatchNorm(use_running_average=True)(h)
            h = nn.Dense(8)(self.activation(h))
        return nn.Dense(1)(self.activation(h))[0]


def _perturbed(tree, key):
    leaves, structure = jax.tree.flatten(tree)
    keys = jax.random.split(key, len(leaves))
    moved = [
        jnp.where(a == 1, 0.5 + jax.random.uniform(k, a.shape), a)
        + jnp.where(a == 1, 0, 0.3 * jax.random.normal(k, a.shape))
        for a, k in zip(leaves, keys, strict=True)
    ]
    return structure.unflatten(moved)


def _apply(activation, tail, h):
    return Tail(activation).apply(tail, h)


@pytest.fixture(autouse=True, scope="module")
def _compiled_quickly():
    """The programs are many and tiny: most of the time would go to optimising them."""
    with quick_compilation():
        yield


@functools.cache
def _front(activation=nn.relu, variants=V, hidden=H, members=2):
    """A `LinearFront`, made once, so that its head is one object and compiles once."""
    head = functools.partial(_apply, activation)

    def member(key):
        keys = jax.random.split(key, 4)
        kernel = jax.random.normal(keys[0], (variants, hidden)) / jnp.sqrt(variants)
        tail = Tail(activation).init(keys[1], jnp.ones(hidden))
        bias = 0.5 * jax.random.normal(keys[3], (hidden,))
        return kernel.at[variants // 2].set(0), bias, _perturbed(tail, keys[2])

    keys = jax.random.split(jax.random.key(7), members)
    kernel, bias, tail = jax.jit(jax.vmap(member))(keys)
    return LinearFront(kernel, bias, head, tail)


def fetch(arrays, people):
    return arrays[people]


class Case(NamedTuple):
    """The leading arguments of `score`."""

    front: Any
    dosages: Any
    people: Any
    person_ids: Any
    baseline: Any


@pytest.fixture
def make_front():
    return _front


@pytest.fixture
def case():
    """21 people, two networks, a mean-like baseline."""
    rng = np.random.default_rng(3)
    genotypes = rng.binomial(2, 0.3, (PEOPLE + 4, V)).astype(np.float32)
    people = rng.permutation(PEOPLE + 4)[:PEOPLE].astype(np.int32)
    ids = rng.integers(0, 2**32, PEOPLE, dtype=np.uint32)
    baseline = np.full((1, V), 0.6, np.float32)
    source = DosageSource(jnp.asarray(genotypes), fetch)
    return Case(_front(), source, people, ids, baseline)
