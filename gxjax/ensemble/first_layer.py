"""The first layer, where nearly all weights are: its start, and its product.

How the members of an ensemble meet here decides what a whole step costs. Left to vmap,
a product of a shared batch with M kernels is M small products over a leading axis. With
the kernels laid out [D, M, H] it is ONE product with a [D, M H] matrix, and so is the
gradient; nothing has to be transposed but the pre-activations.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
from jax.custom_batching import custom_vmap

from gxjax import rng

__all__ = ["first_product", "initial_kernel", "product_for"]

# Of a normal truncated at two standard deviations, as Flax's LeCun start has it.
_TRUNCATED_DEVIATION = 0.87962566103423978


def initial_kernel(
    key: jax.Array, columns: jax.Array, width: int, inputs: int
) -> jax.Array:
    """LeCun's start, each row's draws a function of its input's number alone.

    So it is the same wherever a row lies, and no device draws what it does not own.

    Args:
      key: of a member.
      columns: int32 [D], the input that each row is for; -1 for a row of padding, 0.
      width: H.
      inputs: how many there are, for the variance 1 / inputs.

    Returns:
      float32 [D, H].
    """

    def row(column: jax.Array) -> jax.Array:
        own = rng.named(key, "row", column.astype(jnp.uint32))
        drawn = jax.random.truncated_normal(own, -2, 2, (width,))
        return jnp.where(column < 0, 0, drawn)

    return jax.vmap(row)(columns) / (_TRUNCATED_DEVIATION * inputs**0.5)


def product_for(model: Any) -> Callable[..., jax.Array]:
    """The `first_product` that a model is trained with.

    Args:
      model: an `MLP`.
    """
    # Columns that lead straight to the outputs pass no norm.
    centred = model.norm == "batch" and not model.linear_columns
    return partial(first_product, centred=centred)


def first_product(
    x: jax.Array,
    kernel: jax.Array,
    dimensions: Any,
    precision: Any = None,
    *,
    centred: bool = False,
    **_: Any,
) -> jax.Array:
    """`x @ kernel` accumulated in float32, called as Flax calls `lax.dot_general`.

    Args:
      x: [B, D].
      kernel: [D, H], of x's type.
      dimensions: of a plain matrix product; it can do no other.
      precision: of the product.
      centred: a batch norm follows, so that gradients sum to 0 over the batch. The
        kernel's gradient is then taken of x less its first row: the same number, and
        exactly 0 for an input that is the same in the whole batch (a rare variant).
        Without it that is a rounding error, which Adam makes a step of full size.

    Returns:
      float32 [B, H].
    """
    if dimensions != (((1,), (0,)), ((), ())):
        raise ValueError(f"dimensions: found {dimensions}; expected a matrix product")
    return _product(precision, centred)(x, kernel)


def _product(precision: Any, centred: bool) -> Any:
    """The product whose gradient, too, has a rule for members."""
    forward, backward = _forward(precision), _backward(precision)

    @jax.custom_vjp
    def product(x: jax.Array, kernel: jax.Array) -> jax.Array:
        return forward(x, kernel)

    def keep(x: jax.Array, kernel: jax.Array) -> Any:
        return forward(x, kernel), (x, kernel)

    def pull(kept: Any, g: jax.Array) -> Any:
        x, kernel = kept
        g = g.astype(kernel.dtype)
        back = _dot(g, kernel, ((1,), (1,)), precision=precision)
        inputs = x - x[:1] if centred else x
        return back.astype(x.dtype), backward(inputs, g).astype(kernel.dtype)

    product.defvjp(keep, pull)
    return product


def _forward(precision: Any) -> Any:
    """x [B, D] and kernel [D, H] to [B, H]."""
    dot = partial(_dot, precision=precision)

    @custom_vmap
    def forward(x: jax.Array, kernel: jax.Array) -> jax.Array:
        return dot(x, kernel, ((1,), (0,)))

    @forward.def_vmap
    def members(size: int, batched: Any, x: Any, kernel: Any) -> Any:
        if batched == [False, True]:
            h = dot(x, jnp.moveaxis(kernel, 0, 1), ((1,), (0,)))  # [B, M, H]
            return jnp.moveaxis(h, 1, 0), True
        x, kernel = _spread(size, batched, x, kernel)
        return dot(x, kernel, ((2,), (1,)), ((0,), (0,))), True

    return forward


def _backward(precision: Any) -> Any:
    """x [B, D] and the gradient [B, H] of the product to that of the kernel, [D, H]."""
    dot = partial(_dot, precision=precision)

    @custom_vmap
    def backward(x: jax.Array, g: jax.Array) -> jax.Array:
        return dot(x, g, ((0,), (0,)))

    @backward.def_vmap
    def members(size: int, batched: Any, x: Any, g: Any) -> Any:
        if batched == [False, True]:
            kernels = dot(x, jnp.moveaxis(g, 0, 1), ((0,), (0,)))  # [D, M, H]
            return jnp.moveaxis(kernels, 1, 0), True
        x, g = _spread(size, batched, x, g)
        return dot(x, g, ((1,), (1,)), ((0,), (0,))), True

    return backward


def _dot(
    a: jax.Array,
    b: jax.Array,
    over: Any,
    batch: Any = ((), ()),
    *,
    precision: Any,
) -> jax.Array:
    dot = partial(
        jax.lax.dot_general,
        dimension_numbers=(over, batch),
        precision=precision,
        preferred_element_type=jnp.float32,
    )
    if a.dtype == b.dtype == jnp.float32:
        return dot(a, b)

    def widened(a: jax.Array, b: jax.Array) -> jax.Array:
        return dot(a.astype(jnp.float32), b.astype(jnp.float32))

    # A CPU can't multiply bfloat16 into float32 in every layout; widened, the numbers
    # are the same.
    return jax.lax.platform_dependent(a, b, cpu=widened, default=dot)


def _spread(size: int, batched: Any, *arrays: jax.Array) -> tuple[jax.Array, ...]:
    """Every array with a leading member axis."""
    return tuple(
        array if has else jnp.broadcast_to(array[None], (size, *array.shape))
        for has, array in zip(batched, arrays, strict=True)
    )
