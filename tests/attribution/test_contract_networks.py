"""The contract on networks that hypothesis draws, for every method.

All networks are one program, compiled once: depth, widths and activation are data.
"""

import functools
from typing import NamedTuple

import flax.linen as nn
import jax
import jax.numpy as jnp
import numpy as np
from hypothesis import example, given, settings
from hypothesis import strategies as st

from gxjax.attribution import METHODS

V, WIDTH, DEPTH, PEOPLE, UNUSED = 9, 6, 4, 4, 3
EXACT = ("deeplift", "reveal_cancel")
KINKED = ("relu", "leaky_relu", "elu", "selu")
ACTIVATIONS = {
    f.__name__: f
    for f in (
        nn.relu, nn.leaky_relu, nn.elu, nn.selu, nn.gelu, nn.silu, nn.tanh, nn.softplus,
        nn.sigmoid,
    )
}  # fmt: skip


class Case(NamedTuple):
    """What decides a network; `signs` are those of batch-norm scales, () for none."""

    widths: tuple[int, ...]
    activation: str
    signs: tuple[int, ...]
    seed: int


class Layer(NamedTuple):
    """A hidden layer of WIDTH units, some of which are not there, or none is."""

    kernel: np.ndarray
    bias: np.ndarray
    scale: np.ndarray
    shift: np.ndarray
    there: np.ndarray


CASES = st.builds(
    Case,
    widths=st.lists(st.integers(1, WIDTH), min_size=1, max_size=DEPTH).map(tuple),
    activation=st.sampled_from(sorted(ACTIVATIONS)),
    signs=st.sampled_from([(), (1,), (-1,), (1, -1)]),
    seed=st.integers(0, 2**16),
)


def _layers(case, rng):
    """DEPTH layers, and the weights of the output."""
    layers, inputs = [], V
    for index in range(DEPTH):
        width = case.widths[index] if index < len(case.widths) else WIDTH
        present = (np.arange(WIDTH) < width).astype(float)
        kernel = rng.normal(size=(V if index == 0 else WIDTH, WIDTH)) / np.sqrt(inputs)
        bias, scale, shift = rng.uniform(0.5, 1.5, (3, WIDTH))
        bias, shift = (a * rng.choice([-1, 1], WIDTH) for a in (bias, shift))
        scale = scale * np.resize(case.signs, WIDTH) if case.signs else np.ones(WIDTH)
        there = np.full(WIDTH, index < len(case.widths))
        layers.append(Layer(kernel * present[None], bias, scale, shift, there))
        inputs = width if there[0] else inputs
    layers[0].kernel[UNUSED] = 0
    output = rng.normal(size=WIDTH) * (np.arange(WIDTH) < case.widths[-1])
    return layers, output


def _chosen(index, h):
    """One activation of all; elementwise, so a method sees it as a whole."""
    out = h
    for number, activation in enumerate(ACTIVATIONS.values()):
        out = jnp.where(index == number, activation(h), out)
    return out


def _head(network, h):
    """Everything behind the first product: batch norm, activation, dense."""
    layers, output, index = network
    for place, layer in enumerate(layers):
        linear = h if place == 0 else h @ layer.kernel
        normed = (linear + layer.bias - 0.1) / 1.5 * layer.scale + layer.shift
        h = jnp.where(layer.there, _chosen(index, normed), h)
    return h @ output


def _pulled_back(method, head, kernel, x, baseline, key):
    """The method on the head alone, carried back by the first kernel."""
    change, h, h_baseline = x - baseline, x @ kernel, baseline @ kernel
    if method.parts is None:
        return kernel @ method.function(head, h, baseline=h_baseline, key=key)
    total, size = change @ kernel, jnp.abs(change) @ jnp.abs(kernel)
    halves = (total + size) / 2, (total - size) / 2
    up, down = method.parts(head, h, h_baseline, *halves)
    crossed = jnp.sign(change) * (jnp.abs(kernel) @ (up - down))
    return (kernel @ (up + down) + crossed) / 2


@jax.jit
def _everything(network, people, baseline, key):
    """Multipliers [N, V] of every method, on the whole and on the head; changes [N]."""
    kernel, head = network[0][0].kernel, functools.partial(_head, network)

    def f(x):
        return head(x @ kernel)

    def person(x):
        return {
            name: (
                method.function(f, x, baseline=baseline, key=key),
                _pulled_back(method, head, kernel, x, baseline, key),
            )
            for name, method in METHODS.items()
        }

    return jax.vmap(person)(people), jax.vmap(f)(people) - f(baseline)


@settings(max_examples=80, deadline=None, derandomize=True, database=None)
@example(Case((4,), "relu", (-1,), 1))
@example(Case((5, 3, 4, 2), "relu", (1, -1), 3))
@given(CASES)
def test_method__on_drawn_networks(case):
    rng = np.random.default_rng(case.seed)
    network = (*_layers(case, rng), list(ACTIVATIONS).index(case.activation))
    baseline = rng.uniform(0, 2, V)
    people = rng.integers(0, 3, (PEOPLE, V)).astype(np.float64)
    people[0], people[1, :4] = baseline, baseline[:4]
    before = people.copy()
    with jax.enable_x64(True):
        key = jax.random.key(case.seed)
        found, change = jax.device_get(_everything(network, people, baseline, key))
    np.testing.assert_array_equal(people, before)
    for name, (dense, front) in found.items():
        scale = max(np.abs(dense).max(), 1e-3)
        np.testing.assert_allclose(front, dense, atol=1e-9 * scale, err_msg=name)
        assert np.isfinite(dense).all(), name
        assert not dense[:, UNUSED].any(), name
        gap = np.abs((dense * (people - baseline[None])).sum(1) - change).max()
        if name in EXACT:
            assert gap < 1e-12 * max(1, scale), name
        elif METHODS[name].complete:
            kinked = case.activation in KINKED
            allowed = 0.05 * np.abs(change).max() + 1e-3 if kinked else 1e-9
            assert gap < allowed * max(1, scale), name
