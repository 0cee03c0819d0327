"""RevealCancel against closed forms and the published masks, written in NumPy."""

from functools import partial
from itertools import pairwise

import flax.linen as nn
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from gxjax.attribution import (
    METHODS,
    UnknownPrimitiveError,
    deeplift,
    reveal_cancel,
    reveal_cancel_parts,
)


def _minimum(x):
    return x[0] - nn.relu(x[0] - x[1])


def _and(x):
    return nn.relu(x[0] + x[1] - 1)


def _not_both(x):
    """1 where exactly one of two carries: relu(a + b) - 2 relu(a + b - 1)."""
    total = x @ jnp.ones(2)
    return nn.relu(total) - 2 * nn.relu(total - 1)


@pytest.mark.parametrize(
    ("f", "x", "rescale", "revealed"),
    [
        (_minimum, [2.0, 1.0], [0, 1], [0.5, 0.5]),
        (_minimum, [1.0, 2.0], [1, 0], [0.5, 0.5]),
        (_and, [1.0, 1.0], [0.5, 0.5], [0.5, 0.5]),
        (_not_both, [1.0, 1.0], [0, 0], [0, 0]),
        (lambda x: nn.relu(x[0] - x[1]), [1.0, 1.0], [0, 0], [0.5, -0.5]),
        (lambda x: jnp.tanh(-3 * x).sum(), [1.0, 2.0], *[np.tanh([-3.0, -6.0])] * 2),
    ],
)
def test_reveal_cancel__closed_forms(f, x, rescale, revealed, key):
    x, baseline = jnp.asarray(x), jnp.zeros(2)
    for method, expected in ((deeplift, rescale), (reveal_cancel, revealed)):
        run = jax.jit(partial(method, f, baseline=baseline, key=key))
        np.testing.assert_allclose(run(x) * x, expected, atol=1e-6)


def _published(layers, x, baseline):
    """Shrikumar et al. 2017, sections 3.3, 3.5.1 and 3.5.3: masks, layer by layer.

    `layers` alternate (weights [I, O], bias [O], scale [O], shift [O]): dense, then a
    batch norm in inference, then tanh; the last has no tanh. A half that vanishes has
    its limit as slope.
    """
    back, (up, down) = [], (np.maximum(x - baseline, 0), np.minimum(x - baseline, 0))
    value = baseline
    for index, (weights, bias, scale, shift) in enumerate(layers):
        change = up + down
        terms = weights * change[:, None]
        rises, falls, still = terms > 0, terms < 0, terms == 0
        up, down = (terms * rises).sum(0), (terms * falls).sum(0)
        masks = weights * (rises + 0.5 * still), weights * (falls + 0.5 * still)
        swap = scale < 0
        up, down = (
            np.where(swap, scale * down, scale * up),
            np.where(swap, scale * up, scale * down),
        )
        value = (value @ weights + bias) * scale + shift
        if index == len(layers) - 1:
            back.append((masks, swap, scale, None))
            break
        f = np.tanh
        rise = (f(value + up) - f(value) + f(value + down + up) - f(value + down)) / 2
        fall = (f(value + down) - f(value) + f(value + up + down) - f(value + up)) / 2
        slope, slope_up, slope_down = (
            1 - f(value + part) ** 2 for part in (0, up, down)
        )
        slopes = (
            np.where(
                up == 0, (slope + slope_down) / 2, rise / np.where(up == 0, 1, up)
            ),
            np.where(
                down == 0, (slope + slope_up) / 2, fall / np.where(down == 0, 1, down)
            ),
        )
        back.append((masks, swap, scale, slopes))
        value, up, down = f(value), rise, fall
    plus = minus = np.ones(1)
    for masks, swap, scale, slopes in reversed(back):
        if slopes is not None:
            plus, minus = plus * slopes[0], minus * slopes[1]
        plus, minus = np.where(swap, minus, plus), np.where(swap, plus, minus)
        plus = minus = masks[0] @ (scale * plus) + masks[1] @ (scale * minus)
    return plus


def _layers(rng, widths=(9, 7, 5, 1)):
    return [
        (rng.normal(size=(i, o)), *rng.normal(size=(3, o))) for i, o in pairwise(widths)
    ]


def _network(layers):
    def f(x):
        for index, (weights, bias, scale, shift) in enumerate(layers):
            x = ((x @ weights + bias) - 0.3) * scale + (shift + 0.3 * scale)
            x = x if index == len(layers) - 1 else jnp.tanh(x)
        return x[0]

    return f


@jax.jit
def _of_network(layers, x, baseline):
    return reveal_cancel(_network(layers), x, baseline=baseline, key=None)


@pytest.mark.parametrize("seed", range(5))
def test_reveal_cancel__equals_the_published_masks(seed):
    rng = np.random.default_rng(seed)
    layers, x, baseline = _layers(rng), rng.normal(size=9), rng.normal(size=9)
    baseline[2] = x[2]
    with jax.enable_x64(True):
        found = _of_network(layers, x, baseline)
        np.testing.assert_allclose(found, _published(layers, x, baseline), rtol=1e-9)


def test_reveal_cancel_parts__carry_a_linear_front():
    rng = np.random.default_rng(8)
    (weights, bias, *_), *others = layers = _layers(rng)
    layers[0] = (weights, bias, np.ones(7), np.zeros(7))
    x, baseline = rng.normal(size=(2, 9))
    with jax.enable_x64(True):
        dense = _of_network(layers, x, baseline)

        def head(h):
            return _network(others)(jnp.tanh(h))

        change = x - baseline
        halves = [
            jnp.asarray((change @ weights + s * np.abs(change) @ np.abs(weights)) / 2)
            for s in (1, -1)
        ]
        ends = [jnp.asarray(end @ weights + bias) for end in (x, baseline)]
        up, down = jax.jit(partial(reveal_cancel_parts, head))(*ends, *halves)
        whole = head(ends[0]) - head(ends[1])
        np.testing.assert_allclose(up @ halves[0] + down @ halves[1], whole, rtol=1e-12)
        crossed = np.sign(change) * (np.abs(weights) @ (up - down))
        pulled = (weights @ (up + down) + crossed) / 2
        np.testing.assert_allclose(pulled, dense, rtol=1e-9)
    assert METHODS["reveal_cancel"].parts is reveal_cancel_parts


def _residual(x):
    h = x.reshape(2, 4)[:, ::-1].reshape(8)
    h = h + nn.gelu(h @ jnp.linspace(-1, 1, 64, dtype=h.dtype).reshape(8, 8))
    return (h[:4] - jnp.concatenate([h[6:], jnp.tanh(h[4:6])])).mean()


def _convolution(x):
    signal = nn.elu(jnp.convolve(x, jnp.array([1.0, -2.0, 0.5], x.dtype)))
    return jnp.cumsum(nn.avg_pool(signal[:, None], (2,), (2,))).sum()


def _stacked(x):
    """Primitives of newer versions of jax, and an effect."""
    jax.debug.callback(lambda a: None, x)
    return jnp.tanh(jnp.tile(jnp.stack([x, nn.tanh(x)]), 2)).sum()


@pytest.mark.parametrize(
    "f", [_residual, _convolution, _stacked, lambda x: x[0] * 0 + 3.0]
)
def test_reveal_cancel__is_complete(f, key):
    with jax.enable_x64(True):
        x, baseline = jnp.asarray(np.random.default_rng(2).normal(size=(2, 6, 8)))

        def one(a, b):
            m = reveal_cancel(f, a, baseline=b, key=key)
            return m @ (a - b) - (f(a) - f(b))

        np.testing.assert_allclose(jax.jit(jax.vmap(one))(x, baseline), 0, atol=1e-12)


@pytest.mark.parametrize(
    ("f", "name"),
    [
        (lambda x: x[0] * x[1], "mul"),
        (lambda x: x @ x, "dot_general"),
        (jnp.max, "reduce_max"),
        (lambda x: jnp.where(x[:1] > 0, x[1:], 0.0)[0], "select_n"),
        (lambda x: jax.lax.scan(lambda c, _: (c * c, None), x[0], None, 2)[0], "scan"),
    ],
)
def test_reveal_cancel__raises_on_what_it_can_not_split(f, name, key):
    x = jnp.ones(2)
    with pytest.raises(UnknownPrimitiveError, match=f"'{name}'.*'deeplift' instead"):
        reveal_cancel(f, x, baseline=x, key=key)
