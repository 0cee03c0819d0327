"""The contract on networks that hypothesis draws, at once for every method."""

from typing import NamedTuple

import flax.linen as nn
import jax
import jax.numpy as jnp
import numpy as np
from hypothesis import example, given, settings
from hypothesis import strategies as st

from gxjax.attribution import METHODS

V, PEOPLE, UNUSED = 9, 4, 3
ACTIVATIONS = {
    f.__name__: f
    for f in (nn.relu, nn.tanh, nn.gelu, nn.silu, nn.elu, nn.selu, nn.softplus)
}


class Case(NamedTuple):
    """What decides a network: hidden widths, activation, sign of batch-norm scales."""

    widths: tuple[int, ...]
    activation: str
    signs: tuple[int, ...]
    seed: int


CASES = st.builds(
    Case,
    widths=st.lists(st.integers(1, 6), min_size=1, max_size=4).map(tuple),
    activation=st.sampled_from(sorted(ACTIVATIONS)),
    signs=st.sampled_from([(), (1,), (-1,), (1, -1)]),
    seed=st.integers(0, 2**16),
)


def _layers(case, rng):
    """Pairs of a kernel and [3, width] rows: bias, batch-norm scale and shift."""
    layers, inputs = [], V
    for width in (*case.widths, 1):
        kernel = rng.normal(size=(inputs, width)) / np.sqrt(inputs)
        rows = rng.uniform(0.5, 1.5, (3, width)) * rng.choice([-1, 1], (3, width))
        rows[1] = 1 if not case.signs else np.resize(case.signs, width) * abs(rows[1])
        layers, inputs = [*layers, (kernel, rows)], width
    layers[0][0][UNUSED] = 0
    return layers


def _head(layers, activation, h):
    """Everything behind the first product."""
    for index, (kernel, rows) in enumerate(layers):
        h = h if index == 0 else activation(h) @ kernel
        h = (h + rows[0] - 0.1) / 1.5 * rows[1] + rows[2]
    return h[0]


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


def _everything(case, layers, people, baseline, key):
    activation, kernel = ACTIVATIONS[case.activation], layers[0][0]

    def head(h):
        return _head(layers, activation, h)

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


@settings(max_examples=3, deadline=None, derandomize=True, database=None)
@example(Case((4,), "relu", (-1,), 1))
@example(Case((5, 3, 4, 2), "relu", (1, -1), 2))
@given(CASES)
def test_method__on_drawn_networks(case):
    rng = np.random.default_rng(case.seed)
    layers = _layers(case, rng)
    baseline = rng.uniform(0, 2, V)
    people = rng.integers(0, 3, (PEOPLE, V)).astype(np.float64)
    people[0], people[1, :4] = baseline, baseline[:4]
    with jax.enable_x64(True):
        run = jax.jit(lambda *a: _everything(case, *a))
        key = jax.random.key(case.seed)
        found, change = jax.device_get(run(layers, people, baseline, key))
    for name, (dense, front) in found.items():
        scale = max(np.abs(dense).max(), 1e-3)
        np.testing.assert_allclose(front, dense, atol=1e-9 * scale, err_msg=name)
        assert np.isfinite(dense).all(), name
        assert not dense[:, UNUSED].any(), name
        gap = np.abs((dense * (people - baseline)).sum(1) - change)
        if name in ("deeplift", "reveal_cancel"):
            assert gap.max() < 1e-10, name
        elif METHODS[name].complete:
            assert gap.max() < 0.05 * np.abs(change).max() + 1e-3, name
