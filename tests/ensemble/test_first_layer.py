"""The first layer: its start by column, and its product by hand and by vmap."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from gxjax.ensemble import MLP
from gxjax.ensemble.first_layer import first_product, initial_kernel, product_for

PLAIN = (((1,), (0,)), ((), ()))


def arrays(key, members=3, batch=5, width=4, inputs=7):
    x = jax.random.normal(key, (members, batch, inputs))
    kernels = jax.random.normal(jax.random.fold_in(key, 1), (members, inputs, width))
    return x, kernels


def loss(product, x, kernel):
    return jnp.sum(jnp.sin(product(x, kernel)))


def ours(x, kernel):
    return first_product(x, kernel, PLAIN, "highest")


def plain(x, kernel):
    return jnp.dot(x, kernel, precision="highest")


@pytest.mark.parametrize("axes", [(None, 0), (0, 0), (0, None)])
def test_first_product__equals_a_plain_product_for_every_member(key, axes):
    x, kernels = arrays(key)
    given = [
        array if axis == 0 else array[0]
        for array, axis in zip((x, kernels), axes, strict=True)
    ]
    found = jax.vmap(ours, axes)(*given)
    np.testing.assert_allclose(found, jax.vmap(plain, axes)(*given), rtol=1e-5)


@pytest.mark.parametrize("axes", [(None, 0), (0, 0)])
def test_first_product__gradients_equal_those_of_a_plain_product(key, axes):
    x, kernels = arrays(key)
    given = (x if axes[0] == 0 else x[0], kernels)
    for argument in (0, 1):
        slopes = [
            jax.vmap(
                jax.grad(lambda *a, p=product: loss(p, *a), argnums=argument), axes
            )(*given)
            for product in (ours, plain)
        ]
        np.testing.assert_allclose(*slopes, rtol=1e-4, atol=1e-5)


def normed(h):
    """What a batch norm makes of pre-activations [B, H]."""
    mean, variance = h.mean(axis=0, keepdims=True), h.var(axis=0, keepdims=True)
    return (h - mean) / jnp.sqrt(variance + 1e-5)


def slope_behind_norm(x, kernel, **how):
    def value(kernel):
        h = first_product(x, kernel, PLAIN, "highest", **how)
        return jnp.sum(jnp.sin(normed(h)) * jnp.arange(h.shape[1])[None])

    return jax.grad(value)(kernel)


def test_first_product__gives_inputs_that_do_not_vary_no_gradient(key):
    """Behind a batch norm it is 0; of the others it is the same."""
    x, kernels = arrays(key, batch=37)
    x, kernel = x[0].at[:, 2].set(-0.3), kernels[0]
    found, walking = (
        slope_behind_norm(x, kernel, centred=centred) for centred in (True, False)
    )
    assert (np.asarray(found[2]) == 0).all()
    assert (np.asarray(walking[2]) != 0).any()
    np.testing.assert_allclose(found, walking, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(
    ("settings", "centred"),
    [
        ({}, True),
        ({"norm": "none"}, False),
        ({"norm": "layer"}, False),
        ({"wide": True}, False),
    ],
)
def test_product_for__is_centred_where_a_batch_norm_follows(settings, centred):
    assert product_for(MLP((4,), **settings)).keywords == {"centred": centred}


def test_first_product__is_one_product_for_all_members(key):
    """Kernels [D, M, H] that share a batch: one product, and no kernel transposed."""
    x, kernels = arrays(key, 8, 16, 32, 64)
    mixed = jnp.moveaxis(kernels, 0, 1)

    def slope(kernels):
        one = lambda kernel: jax.grad(loss, 2)(ours, x[0], kernel)  # noqa: E731
        return jax.vmap(one, in_axes=1, out_axes=1)(kernels)

    text = jax.jit(slope).lower(mixed).compile().as_text()
    assert " transpose(" not in "".join(
        line for line in text.splitlines() if "f32[64,8,32]" in line
    )
    assert text.count(" dot(") == 2


def test_first_product__accumulates_bfloat16_in_float32(key):
    x = jnp.full((1, 4096), 1, jnp.bfloat16)
    kernel = jnp.full((4096, 1), 1, jnp.bfloat16)
    found = first_product(x, kernel, PLAIN)
    assert found.dtype == jnp.float32
    assert found[0, 0] == 4096


def test_first_product__raises_on_another_product():
    with pytest.raises(ValueError, match="expected a matrix product"):
        first_product(jnp.ones((2, 3)), jnp.ones((2, 3)), (((0,), (0,)), ((), ())))


def test_initial_kernel__rows_depend_on_their_column_alone(key):
    columns = jnp.array([4, -1, 2, 0])
    kernel = initial_kernel(key, columns, 6, 5)
    whole = initial_kernel(key, jnp.arange(5), 6, 5)
    np.testing.assert_array_equal(
        kernel[np.array([0, 2, 3])], whole[np.array([4, 2, 0])]
    )
    np.testing.assert_array_equal(kernel[1], 0)


def test_initial_kernel__has_the_variance_of_flax(key):
    kernel = initial_kernel(key, jnp.arange(400), 300, 400)
    flax = jax.nn.initializers.lecun_normal()(key, (400, 300))
    assert abs(float(kernel.std() / flax.std()) - 1) < 0.01
    assert float(jnp.abs(kernel).max()) <= float(jnp.abs(flax).max()) * 1.01
