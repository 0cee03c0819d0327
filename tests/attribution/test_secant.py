import flax.linen as nn
import jax
import jax.numpy as jnp
import numpy as np
import pytest

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


ELEMENTWISE = [
    nn.relu, _leaky, nn.elu, nn.selu, nn.silu, nn.softplus, nn.tanh, nn.sigmoid,
    nn.gelu, lambda x: nn.gelu(x, approximate=False), _where, _remat, _custom,
    lambda x: jnp.clip(x, -0.5, 0.5) + x, lambda x: x * jnp.exp(-(x**2)), jnp.abs,
]  # fmt: skip
JOINT = [
    nn.softmax, nn.logsumexp, nn.log_softmax, _layers, _attention, _layer_norm, _pools,
    lambda x: jnp.maximum(x[:4], x[4:]), lambda x: x[:4] / (3 + x[4:] ** 2),
    lambda x: jnp.cumsum(x)[::-1], lambda x: x @ x, jnp.std,
]  # fmt: skip


def _ends(dtype=np.float64):
    rng = np.random.default_rng(1)
    return [jnp.asarray(rng.normal(size=WIDTH), dtype) for _ in range(2)]


@pytest.mark.parametrize("f", ELEMENTWISE + JOINT)
def test_secant__is_exact_between_the_ends(f):
    with jax.enable_x64(True):
        x, baseline = _ends()
        y, y0, change = jax.jit(lambda a, b: _applied(f, a, b))(x, baseline)
        np.testing.assert_allclose(change, y - y0, rtol=0, atol=1e-12)
        np.testing.assert_allclose(y, f(x))


@pytest.mark.parametrize("f", ELEMENTWISE + JOINT)
def test_secant__is_exact_in_float32(f):
    x, baseline = _ends(np.float32)
    y, y0, change = jax.jit(lambda a, b: _applied(f, a, b))(x, baseline)
    np.testing.assert_allclose(change, y - y0, atol=1e-5)


def _applied(f, x, baseline):
    y, y0, slopes = secant(f, x, baseline)
    return y, y0, slopes(x - baseline)


@pytest.mark.parametrize("f", ELEMENTWISE)
def test_secant__of_an_elementwise_function_is_the_quotient(f):
    with jax.enable_x64(True):
        x, baseline = _ends()
        slope = jax.jit(lambda a, b: secant(f, a, b)[2](jnp.ones(WIDTH)))(x, baseline)
        expected = (f(x) - f(baseline)) / (x - baseline)
        np.testing.assert_allclose(slope, expected, rtol=1e-12)


@pytest.mark.parametrize("f", [nn.tanh, nn.gelu, nn.softplus, nn.silu])
def test_secant__is_the_derivative_where_nothing_changes(f):
    x = _ends(np.float32)[0]
    slope = jax.jit(lambda a: secant(f, a, a)[2](jnp.ones_like(a)))(x)
    np.testing.assert_allclose(slope, jax.vmap(jax.grad(f))(x), rtol=1e-6)


def test_secant__keeps_the_derivative_of_relu_at_zero():
    zero = jnp.zeros(2)
    np.testing.assert_array_equal(secant(nn.relu, zero, zero)[2](jnp.ones(2)), 0)
    np.testing.assert_array_equal(secant(_leaky, zero, zero)[2](jnp.ones(2)), 1)


def test_secant__of_a_product_is_the_mean_of_its_orders():
    x, baseline = jnp.array([2.0, 5.0]), jnp.array([1.0, 3.0])
    slopes = secant(lambda a: a[0] * a[1], x, baseline)[2]
    assert slopes(jnp.array([1.0, 0.0])) == 4
    assert slopes(jnp.array([0.0, 1.0])) == 1.5


def test_secant__of_a_maximum_follows_the_winner():
    x, baseline = jnp.array([4.0, 0.0]), jnp.array([1.0, 2.0])
    slopes = secant(jnp.max, x, baseline)[2]
    assert slopes(jnp.array([3.0, 0.0])) == 2
    assert slopes(jnp.array([0.0, 1.0])) == 0


def test_secant__agrees_under_vmap():
    rng = np.random.default_rng(2)
    x, baseline = jnp.asarray(rng.normal(size=(2, 5, WIDTH)), jnp.float32)
    change = jax.jit(lambda a, b: _applied(_attention, a, b)[2])
    batched = jax.vmap(change)(x, baseline)
    single = [change(a, b) for a, b in zip(x, baseline, strict=True)]
    np.testing.assert_allclose(batched, jnp.stack(single), atol=1e-5)


@pytest.mark.parametrize(
    ("f", "name"),
    [
        (lambda x: jnp.sort(x)[0], "sort"),
        (lambda x: jnp.where(x[:4] > 0, x[4:], 0.0), "select_n"),
        (lambda x: jax.lax.while_loop(lambda c: c[0] < 9, lambda c: c + 1, x), "while"),
    ],
)
def test_secant__raises_on_unknown_primitive(f, name):
    x, baseline = _ends(np.float32)
    with pytest.raises(UnknownPrimitiveError, match=f"'{name}'.*register_rule"):
        secant(f, x, baseline)[2](x)
