from functools import partial

import flax.linen as nn
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.ad_checkpoint import checkpoint_name

from gxjax.attribution import UnknownPrimitiveError, secant

WIDTH = 8


def _leaky(x):
    return nn.leaky_relu(x, 0.1)


def _where(x):
    return jnp.where(x > 0.2, x**2, jnp.sin(x))


def _remat(x):
    return jax.checkpoint(jnp.tanh)(x)


@jax.custom_vjp
def _custom(x):
    return x**3


_custom.defvjp(lambda x: (_custom(x), x), lambda x, c: (7.0 * c,))


def _layers(x):
    def body(carry, weight):
        return jnp.tanh(carry * weight + 0.1), carry.sum()

    carry, sums = jax.lax.scan(body, x, jnp.linspace(-1.0, 2.0, 3))
    return jnp.concatenate([carry, sums])


def _attention(x):
    tokens = x.reshape(4, 2)
    weights = jax.nn.softmax(tokens @ tokens.T / jnp.sqrt(2.0))
    return weights @ tokens


def _layer_norm(x):
    return (x - x.mean()) * jax.lax.rsqrt(x.var() + 1e-3) / (1 + x[0] ** 2)


def _pools(x):
    signal = jnp.convolve(x, jnp.array([1.0, -2.0, 0.5], x.dtype))[:, None]
    pooled = nn.max_pool(signal, (2,), (2,))
    return nn.avg_pool(pooled, (2,)) + signal.max() - signal.min()


def _scattered(x):
    """Later updates win, those outside are dropped."""
    places = jnp.array([0, 2, 2, 99])
    moved = (x**2).at[places].set(jnp.sin(x[:4]), mode="drop")
    return moved.at[jnp.array([1, 1])].add(x[4:6] * x[:2])


def _stacked(x):
    """Primitives of newer versions of jax."""
    return jnp.tile(jnp.stack([x, jnp.tanh(x)]), (1, 2)).ravel() ** 2


def _saved(x):
    return checkpoint_name(jnp.tanh(x), "saved") * x.sum()


def _printed(x):
    jax.debug.callback(lambda a: None, x)
    return jnp.tanh(x)


def _block(x):
    """Pre-norm attention and a gated unit, each beside a residual."""
    tokens = x.reshape(4, 2)
    normed = jax.nn.standardize(tokens, axis=1)
    tokens = tokens + jnp.einsum("qk,kd->qd", nn.softmax(normed @ tokens.T), tokens)
    return tokens + nn.gelu(tokens) * nn.sigmoid(tokens.sum(1, keepdims=True))


ELEMENTWISE = [
    nn.relu, _leaky, nn.elu, nn.selu, nn.silu, nn.softplus, nn.tanh, nn.sigmoid,
    nn.gelu, lambda x: nn.gelu(x, approximate=False), _where, _remat, _custom,
    lambda x: jnp.clip(x, -0.5, 0.5) + x, lambda x: x * jnp.exp(-(x**2)), jnp.abs,
    _printed, lambda x: (x >= 0).astype(x.dtype) * x + jnp.round(x),
]  # fmt: skip
JOINT = [
    nn.softmax, nn.logsumexp, nn.log_softmax, _layers, _attention, _layer_norm, _pools,
    lambda x: jnp.maximum(x[:4], x[4:]), lambda x: x[:4] / (3 + x[4:] ** 2),
    lambda x: jnp.cumsum(x)[::-1], lambda x: x @ x, jnp.std, _scattered, _stacked,
    _saved, _block, jnp.linalg.norm, lambda x: x[jnp.array([3, 1, 1])] ** 3,
    lambda x: jax.lax.dynamic_slice(jnp.tanh(x), (3,), (4,)),
    lambda x: nn.softmax(300 * x), lambda x: x[:4, None] * jnp.tanh(x[None, 4:]),
    lambda x: jax.lax.fori_loop(0, 3, lambda i, c: jnp.sin(c) * c.sum(), x),
]  # fmt: skip


def _ends(dtype=np.float64):
    rng = np.random.default_rng(1)
    return [rng.normal(size=WIDTH).astype(dtype) for _ in range(2)]


@partial(jax.jit, static_argnums=0)
def _applied(f, x, baseline):
    """Values, what the secant makes of the change and of ones; compiled once."""
    y, y0, slopes = secant(f, x, baseline)
    return y, y0, slopes(x - baseline), slopes(jnp.ones_like(x)), f(x)


@pytest.mark.parametrize("f", ELEMENTWISE + JOINT)
def test_secant__is_exact_between_the_ends(f):
    with jax.enable_x64(True):
        y, y0, change, ones, expected = map(np.asarray, _applied(f, *_ends()))
    np.testing.assert_allclose(change, y - y0, rtol=0, atol=1e-12)
    np.testing.assert_array_equal(y, expected)
    if f in ELEMENTWISE:
        x, baseline = (np.asarray(end) for end in _ends())
        np.testing.assert_allclose(ones, (y - y0) / (x - baseline), rtol=1e-11)


@pytest.mark.parametrize("f", ELEMENTWISE + JOINT)
def test_secant__is_exact_in_float32(f):
    y, y0, change, *_ = map(np.asarray, _applied(f, *_ends(np.float32)))
    np.testing.assert_allclose(change, y - y0, atol=1e-5)


@pytest.mark.parametrize("f", [nn.tanh, nn.gelu, nn.softplus, nn.silu])
def test_secant__is_the_derivative_where_nothing_changes(f):
    x = _ends(np.float32)[0]

    @jax.jit
    def both(a):
        slopes = secant(f, a, a)[2]
        return slopes(jnp.ones_like(a)), jax.vmap(jax.grad(f))(a)

    np.testing.assert_allclose(*both(x), rtol=1e-6)


def test_secant__keeps_the_derivative_of_relu_at_zero():
    zero = np.zeros(WIDTH, np.float32)
    for f, slope in ((nn.relu, 0), (_leaky, 1)):
        np.testing.assert_array_equal(_applied(f, zero, zero)[3], slope)


@partial(jax.jit, static_argnums=0)
def _gradient(f, x, baseline):
    """The slopes of a function that returns a scalar."""
    return jax.linear_transpose(secant(f, x, baseline)[2], x)(jnp.ones(()))[0]


def test_secant__of_a_product_is_the_mean_of_its_orders():
    x, baseline = jnp.array([2.0, 5.0]), jnp.array([1.0, 3.0])
    np.testing.assert_array_equal(
        _gradient(lambda a: a[0] * a[1], x, baseline), [4, 1.5]
    )


def test_secant__of_a_maximum_follows_the_winner():
    x, baseline = jnp.array([4.0, 0.0]), jnp.array([1.0, 2.0])
    np.testing.assert_allclose(_gradient(jnp.max, x, baseline), [2 / 3, 0], rtol=1e-6)


def test_secant__agrees_under_vmap():
    rng = np.random.default_rng(2)
    x, baseline = rng.normal(size=(2, 5, WIDTH)).astype(np.float32)
    change = lambda a, b: _applied(_attention, a, b)[2]  # noqa: E731
    batched = jax.jit(jax.vmap(change))(x, baseline)
    single = [change(a, b) for a, b in zip(x, baseline, strict=True)]
    np.testing.assert_allclose(batched, np.stack(single), atol=1e-5)


@pytest.mark.parametrize(
    ("f", "name"),
    [
        (lambda x: jnp.sort(x)[0], "sort"),
        (jnp.argmax, "argmax"),
        (lambda x: jnp.where(x.sum() > 0, x, 0.0), "select_n"),
        (jnp.cumprod, "cumprod"),
        (lambda x: jnp.linalg.inv(x.reshape(2, 4) @ x.reshape(4, 2)), "lu"),
        (lambda x: jnp.where(x[:4] > 0, x[4:], 0.0), "select_n"),
        (lambda x: jax.lax.while_loop(lambda c: c[0] < 9, lambda c: c + 1, x), "while"),
    ],
)
def test_secant__raises_on_unknown_primitive(f, name):
    x, baseline = _ends(np.float32)
    with pytest.raises(UnknownPrimitiveError, match=f"'{name}'.*register_rule"):
        secant(f, x, baseline)[2](x)


def test_secant__of_mixed_precision_keeps_each_type():
    """A cast within an elementwise whole: the pool gets a tangent of its own type."""
    f = lambda x: jnp.tanh(x.astype(jnp.float16)).reshape(4, 2).max(1).sum()  # noqa: E731
    y, y0, change, *_ = _applied(f, *_ends(np.float32))
    assert change.dtype == jnp.float16
    np.testing.assert_allclose(change, y - y0, atol=5e-3)


def test_secant__runs_effects():
    seen = []

    def f(x):
        jax.debug.callback(lambda a: seen.append(float(a)), x[0])
        return x.sum()

    secant(f, jnp.ones(2), jnp.zeros(2))[2](jnp.ones(2))
    jax.effects_barrier()
    assert seen == [1, 0, 1]
