"""The secant of whole layers and of control flow, under every transformation."""

import flax.linen as nn
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from gxjax.attribution import UnknownPrimitiveError, secant

WIDTH = 12
PEOPLE, BASELINES, MEMBERS = 3, 2, 2


class _Norms(nn.Module):
    @nn.compact
    def __call__(self, x):
        h = nn.LayerNorm()(nn.Dense(6)(x))
        h = nn.selu(nn.BatchNorm(use_running_average=True)(h))
        h = nn.RMSNorm()(h + nn.gelu(nn.Dense(6)(h), approximate=False))
        return nn.Dense(2)(nn.GroupNorm(num_groups=2)(h[None])[0])


class _Convolutions(nn.Module):
    @nn.compact
    def __call__(self, x):
        h = nn.elu(nn.Conv(4, (3,))(x[:, None]))
        h = nn.leaky_relu(nn.max_pool(h, (2,), (2,)))
        h = nn.avg_pool(nn.Conv(4, (2,), feature_group_count=2)(h), (2,), (2,))
        return nn.Dense(2)(h.ravel())


class _Attention(nn.Module):
    @nn.compact
    def __call__(self, x):
        tokens = nn.Dense(4)(x.reshape(4, 3))
        mask = nn.make_causal_mask(jnp.ones(4))
        h = tokens + nn.MultiHeadDotProductAttention(num_heads=2)(tokens, mask=mask)
        return nn.softmax(nn.Dense(2)(nn.silu(h).mean(0)))


class _Deep(nn.Module):
    """Rematerialised layers scanned over their parameters, then a gated unit."""

    @nn.compact
    def __call__(self, x):
        layer = nn.remat(nn.Dense)

        class Body(nn.Module):
            @nn.compact
            def __call__(self, h, _):
                return nn.tanh(layer(WIDTH)(h)) + h, None

        scanned = nn.scan(
            Body, variable_axes={"params": 0}, split_rngs={"params": True}, length=2
        )
        h, _ = scanned()(x, None)
        return nn.softplus(nn.Dense(2)(h)) * nn.sigmoid(nn.Dense(2)(h))


NETWORKS = [_Norms(), _Convolutions(), _Attention(), _Deep()]


def _case(network, dtype):
    """Two members, three people, two baselines."""
    rng = np.random.default_rng(4)
    x = rng.integers(0, 3, (PEOPLE, WIDTH)).astype(dtype)
    baseline = rng.uniform(0, 2, (BASELINES, WIDTH)).astype(dtype)
    shapes = jax.eval_shape(network.init, jax.random.key(0), x[0])

    def drawn(path, leaf):
        centre = path[-1].key in ("scale", "var")
        return (centre + 0.4 * rng.uniform(-1, 1, (MEMBERS, *leaf.shape))).astype(dtype)

    return jax.tree_util.tree_map_with_path(drawn, shapes), x, baseline


def _gap(network):
    """How far the multipliers miss f(x) - f(x'), under jit and three vmaps."""

    def one(variables, x, baseline):
        y, y0, slopes = secant(lambda a: network.apply(variables, a), x, baseline)
        weights = jnp.arange(1, 3, dtype=y.dtype)
        [multipliers] = jax.linear_transpose(slopes, x)(weights)
        return multipliers @ (x - baseline) - weights @ (y - y0)

    over_baselines = jax.vmap(one, (None, None, 0))
    over_people = jax.vmap(over_baselines, (None, 0, None))
    return jax.jit(jax.vmap(over_people, (0, None, None)))


@pytest.mark.parametrize("network", NETWORKS, ids=lambda n: type(n).__name__)
def test_secant__of_flax_layers_is_exact(network):
    with jax.enable_x64(True):
        gap = _gap(network)(*_case(network, np.float64))
        assert gap.shape == (MEMBERS, PEOPLE, BASELINES)
        np.testing.assert_allclose(gap, 0, atol=1e-12)


@pytest.mark.parametrize("network", [_Norms(), _Attention()])
def test_secant__of_flax_layers_is_exact_in_float32(network):
    np.testing.assert_allclose(_gap(network)(*_case(network, np.float32)), 0, atol=1e-5)


def _chosen(x, index):
    """A branch by something that does not vary, where() by a mask that does not."""
    branches = (lambda a, b: jnp.sin(a) * b.sum(), lambda a, b: a**2 + 0 * b)
    h = jax.lax.switch(index, branches, x[:6], x[6:])
    h = jax.lax.cond(index > 0, jnp.tanh, lambda a: jnp.full_like(a, 2), h)
    return jnp.where(jnp.arange(6) < index + 2, h, jnp.cos(x[6:])).sum()


@pytest.mark.parametrize("index", [0, 1])
def test_secant__follows_a_branch_that_does_not_vary(index):
    rng = np.random.default_rng(5)
    with jax.enable_x64(True):
        x, baseline = (jnp.asarray(rng.normal(size=(3, WIDTH))) for _ in range(2))

        @jax.jit
        def gaps(x, baseline, index):
            def one(a, b):
                y, y0, slopes = secant(lambda v: _chosen(v, index), a, b)
                [m] = jax.linear_transpose(slopes, a)(1.0)
                return m @ (a - b) - (y - y0)

            return jax.vmap(one)(x, baseline)

        np.testing.assert_allclose(gaps(x, baseline, index), 0, atol=1e-12)


def test_secant__follows_a_branch_of_each_person():
    x, baseline = jnp.linspace(-1, 1, WIDTH), jnp.linspace(2, 1, WIDTH)
    one = lambda i: secant(lambda v: _chosen(v, i), x, baseline)[2](x - baseline)  # noqa: E731
    change = jax.jit(jax.vmap(one))(jnp.arange(2))
    expected = [_chosen(x, i) - _chosen(baseline, i) for i in range(2)]
    np.testing.assert_allclose(change, expected, atol=1e-5)


def _positive(x):
    return jax.lax.cond(True, lambda a: a > 0, lambda a: a < 0, x)


@pytest.mark.parametrize(
    ("f", "name"),
    [
        (lambda x: jax.lax.cond(x[0] > 0, jnp.sin, jnp.cos, x), "cond"),
        (lambda x: jnp.where(_positive(x), x, 0.0), "cond"),
        (lambda x: jax.lax.map(lambda a: a > 0, x), "scan"),
        (lambda x: jax.lax.while_loop(lambda c: c[0] < 9, lambda c: c + 1, x), "while"),
        (lambda x: x[jnp.argmax(x)], "argmax"),
        (jnp.prod, "reduce_prod"),
    ],
)
def test_secant__raises_by_name_where_a_condition_varies(f, name):
    x = jnp.linspace(-1.0, 1.0, 4)
    with pytest.raises(UnknownPrimitiveError, match=f"'{name}'.*register_rule"):
        secant(f, x, x + 1)[2](x)
