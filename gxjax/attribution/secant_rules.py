"""What each primitive does to a secant, and the table to which a user adds rules."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp

from gxjax.attribution.secant_point import Pair, quotient

__all__ = ["ELEMENTWISE", "RULES", "UnknownPrimitiveError", "between", "register_rule"]


class UnknownPrimitiveError(NotImplementedError):
    """A nonlinear primitive without a secant rule; never a silent gradient."""


Rule = Callable[[Callable, Sequence[Pair], Sequence[tuple]], list]

_ELEMENTWISE_NAMES = """
    abs acos acosh add add_any and asin asinh atan atan2 atanh bessel_i0e
    bessel_i1e cbrt ceil clamp convert_element_type copy copy_p cos cosh digamma
    div eq erf erf_inv erfc exp exp2 expm1 floor ge gt integer_pow is_finite le
    lgamma log log1p logistic lt max min mul name ne neg nextafter not or pow
    reduce_precision rem round rsqrt select_n sign sin sinh sqrt square sub tan
    tanh xor
"""

ELEMENTWISE: set[str] = set(_ELEMENTWISE_NAMES.split())
"""Names of primitives whose output depends on its operands element by element."""

RULES: dict[str, Rule] = {}
"""Rules by the primitive's name, for operands that vary separately."""


def register_rule(primitive: str, rule: Rule | str) -> None:
    """Teaches the secant a primitive, in this process.

    Args:
      primitive: the primitive's name as a jaxpr prints it.
      rule: "elementwise" for a function applied element by element; or
        `rule(bind, operands, outputs) -> tangents`: `bind(*arrays)` evaluates the
        primitive (a list of outputs), `operands` are `Pair`s, `outputs` are pairs
        (value, reference), and each tangent is linear in the operands' tangents. It is
        complete if tangents x - x' give tangents y - y'.

    Raises:
      ValueError: if the primitive has a rule already, or `rule` is another word.
    """
    if primitive in RULES or primitive in ELEMENTWISE:
        raise ValueError(f"register_rule: '{primitive}' has a rule already")
    if rule == "elementwise":
        ELEMENTWISE.add(primitive)
    elif callable(rule):
        RULES[primitive] = rule
    else:
        raise ValueError(
            f"register_rule: rule={rule!r}, expected 'elementwise' or a "
            "function (bind, operands, outputs) -> tangents"
        )


def linear(bind, operands, outputs, *, positions: Sequence[int] | None = None):
    """Jointly linear in the operands at `positions` (all, if None)."""
    arrays = []
    for index, pair in enumerate(operands):
        moves = positions is None or index in positions
        if pair.tangent is not None and not moves:
            raise UnknownPrimitiveError("secant: a varying index has no tangent")
        still = jnp.zeros_like(pair.value) if moves else pair.value
        arrays.append(still if pair.tangent is None else pair.tangent)
    return bind(*arrays)


def bilinear(bind, operands, outputs):
    """d(a b) = da mean(b) + mean(a) db: the mean of the two orders."""
    (a, b) = operands
    total = None
    if a.tangent is not None:
        [total] = bind(a.tangent, _middle(b))
    if b.tangent is not None:
        [other] = bind(_middle(a), b.tangent)
        total = other if total is None else total + other
    return [total]


def division(bind, operands, outputs):
    """a / b is a product with 1 / b, whose secant slope is -1 / (b b')."""
    (a, b) = operands
    total = None
    if a.tangent is not None:
        total = a.tangent * (1 / b.value + 1 / b.reference) / 2
    if b.tangent is not None:
        other = -b.tangent * _middle(a) / (b.value * b.reference)
        total = other if total is None else total + other
    return [total]


def between(bind, operands, outputs):
    """Any elementwise function of two varying operands: the mean of its two orders."""
    (a, b) = operands

    def f(left, right):
        return bind(left, right)[0]

    step_a = f(a.value, b.value) - f(a.reference, b.value)
    step_a = (step_a + f(a.value, b.reference) - f(a.reference, b.reference)) / 2
    step_b = f(a.value, b.value) - f(a.value, b.reference)
    step_b = (step_b + f(a.reference, b.value) - f(a.reference, b.reference)) / 2
    ones = jnp.ones_like(a.value), jnp.zeros_like(b.value)
    ends = (a.value, b.value)
    local_a = jax.jvp(f, ends, ones)[1]
    local_b = jax.jvp(f, ends, (jnp.zeros_like(a.value), jnp.ones_like(b.value)))[1]
    slope_a = quotient(step_a, a.value, a.reference, local_a)
    slope_b = quotient(step_b, b.value, b.reference, local_b)
    return [slope_a * a.tangent + slope_b * b.tangent]


def extremum(bind, operands, outputs, *, sign: int):
    """A maximum that rose moved with its new winner, one that fell with its old one.

    The winner moved at least as far as the maximum, so the slope is in [0, 1].
    """
    ([pair], [(value, reference)]) = operands, outputs

    def along(point, direction):
        return jax.jvp(lambda a: bind(a)[0], (point,), (direction,))[1]

    rose = (value - reference) * sign > 0
    delta = pair.value - pair.reference
    winners = [
        (along(end, delta), along(end, pair.tangent))
        for end in (pair.value, pair.reference)
    ]
    moved, tangent = (
        jnp.where(rose, new, old) for new, old in zip(*winners, strict=True)
    )
    still = value == reference
    slope = (value - reference) / jnp.where(still, 1, moved)
    return [jnp.where(still, 0, slope) * tangent]


def overwrite(bind, operands, outputs):
    """A scatter moves elements: told by a scatter of the numbers of the updates.

    `jax` transposes one only where the indices are known to differ.
    """
    target, indices, updates = operands
    if indices.tangent is not None:
        raise UnknownPrimitiveError("secant: a varying index has no tangent")
    size = updates.value.size
    numbers = jnp.arange(size, dtype=jnp.int32).reshape(updates.value.shape)
    kept = jnp.full(target.value.shape, -1, jnp.int32)
    [source] = bind(kept, indices.value, numbers)
    old, new = (
        jnp.zeros_like(pair.value) if pair.tangent is None else pair.tangent
        for pair in (target, updates)
    )
    return [jnp.where(source < 0, old, new.reshape(size)[source])]


def _middle(pair: Pair) -> Any:
    return (pair.value + pair.reference) / 2


_LINEAR = """
    add add_any broadcast_in_dim concatenate convert_element_type copy copy_p
    cumsum expand_dims neg optimization_barrier pad real reduce_precision
    reduce_sum reduce_window_sum reshape rev sharding_constraint slice split
    squeeze stack sub tile transpose
"""
_POSITIONS = {
    "gather": (0,),
    "dynamic_slice": (0,),
    "dynamic_update_slice": (0, 1),
    "scatter-add": (0, 2),
    "select_n": range(1, 99),
}
RULES.update({name: linear for name in _LINEAR.split()})
RULES.update({n: partial(linear, positions=p) for n, p in _POSITIONS.items()})
RULES.update(mul=bilinear, dot_general=bilinear, conv_general_dilated=bilinear)
RULES.update(div=division, scatter=overwrite)
for _name in ("reduce_max", "reduce_window_max", "cummax"):
    RULES[_name] = partial(extremum, sign=1)
for _name in ("reduce_min", "reduce_window_min", "cummin"):
    RULES[_name] = partial(extremum, sign=-1)
