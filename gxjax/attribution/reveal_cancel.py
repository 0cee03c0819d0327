"""DeepLIFT, RevealCancel: what raised a unit and what lowered it are followed apart."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, NoReturn

import chex
import jax
import jax.extend.core as jex
import jax.numpy as jnp

from gxjax.attribution.interpreter import (
    CALLS,
    binder,
    called,
    is_float,
    local_derivative,
    own_derivative,
    shared_root,
)
from gxjax.attribution.method import register
from gxjax.attribution.reveal_cancel_rules import RULES, Halves, Operand
from gxjax.attribution.secant_point import quotient
from gxjax.attribution.secant_rules import ELEMENTWISE, UnknownPrimitiveError

__all__ = ["reveal_cancel", "reveal_cancel_parts"]

REFERENCE, RAISED, LOWERED, INPUT = range(4)
"""Where an array is known: x', x' + its positive half, x' + its negative half, x."""


class Root(NamedTuple):
    """A varying array that elementwise functions are taken of: four places, halves."""

    value: Any
    change: Halves
    tangent: Halves

    @classmethod
    def between(cls, value, reference, change: Halves, tangent: Halves) -> Root:
        middle = [reference + half for half in change]
        return cls(jnp.stack([reference, *middle, value]), change, tangent)

    def sign(self) -> Any:
        """Of x - x'; 0 within rounding, as where halves cancel behind a closed relu."""
        change = self.value[INPUT] - self.value[REFERENCE]
        rounding = 8 * jnp.finfo(change.dtype).eps * jnp.abs(self.value).max(0)
        return jnp.where(jnp.abs(change) <= rounding, 0, jnp.sign(change))


class Point(NamedTuple):
    """An array, [4, ...] over its places; or a constant, which has no root and one."""

    value: Any
    root: Root | None = None
    local: Any = None

    @property
    def varies(self) -> bool:
        return self.root is not None

    @classmethod
    def of_root(cls, root: Root) -> Point:
        return cls(root.value, root, jnp.ones_like(root.value))

    def collapsed(self) -> Root:
        """A root of its own: each half moves by the mean of its two secants."""
        root = self.root
        assert root is not None
        if self.value is root.value:
            return root
        up = (self._slope(RAISED, REFERENCE) + self._slope(INPUT, LOWERED)) / 2
        down = (self._slope(LOWERED, REFERENCE) + self._slope(INPUT, RAISED)) / 2
        rise, fall = up * root.change.positive, down * root.change.negative
        # A falling function, as a batch norm of negative scale, swaps the halves.
        swap = (rise <= 0) & (fall >= 0) & (rise != fall)

        def sorted_halves(a, b):
            return Halves(jnp.where(swap, b, a), jnp.where(swap, a, b))

        moved = up * root.tangent.positive, down * root.tangent.negative
        ends = self.value[INPUT], self.value[REFERENCE]
        return Root.between(*ends, sorted_halves(rise, fall), sorted_halves(*moved))

    def _slope(self, end: int, start: int) -> Any:
        root = self.root
        assert root is not None
        change = self.value[end] - self.value[start]
        local = jnp.zeros_like(change) if self.local is None else self.local[end]
        return quotient(change, root.value[end], root.value[start], local)


def reveal_cancel_parts(
    head: Callable,
    h: jax.Array,
    h_baseline: jax.Array,
    positive: jax.Array,
    negative: jax.Array,
) -> tuple[jax.Array, jax.Array]:
    """RevealCancel of a head, given what raised and what lowered its inputs.

    Behind a linear front h = x W + b the halves are (d W +- |d| |W|) / 2 with
    d = x - x', and its multipliers return to the variants as
    W (m+ + m-) / 2 + sign(d) |W| (m+ - m-) / 2.

    Args:
      head: float [H] -> scalar.
      h: float [H], activations of the input.
      h_baseline: float [H], of the baseline.
      positive: float [H], >= 0.
      negative: float [H], <= 0, with positive + negative = h - h_baseline.

    Returns:
      Multipliers m+ of the positive and m- of the negative halves, float [H] each:
      sum(m+ positive + m- negative) = head(h) - head(h_baseline).

    Raises:
      UnknownPrimitiveError: as `reveal_cancel`.
    """
    chex.assert_equal_shape([h, h_baseline, positive, negative])
    closed = jax.make_jaxpr(head)(h)

    def along(tangent: Halves) -> jax.Array:
        root = Root.between(h, h_baseline, Halves(positive, negative), tangent)
        [point] = called(closed, [Point.of_root(root)], Point, _equation)
        if not point.varies:
            return jnp.zeros((), h.dtype)
        return point.collapsed().tangent.total()

    one = jnp.ones((), closed.out_avals[0].dtype)
    [multipliers] = jax.linear_transpose(along, Halves(h, h))(one)
    return tuple(multipliers)


@register(complete=True, parts=reveal_cancel_parts)
def reveal_cancel(
    f: Callable, x: jax.Array, *, baseline: jax.Array, key: jax.Array
) -> jax.Array:
    """Multipliers of DeepLIFT's RevealCancel rule.

    A dense layer sorts its terms by sign into what raises and what lowers a unit; a
    nonlinearity gives each half the mean of its effects before and after the other.
    So of min(2, 1), written with relu, each input gets a half, where the rescale rule
    gives all to one: what an epistatic pair needs. Complete to rounding.

    It is for networks of dense layers, convolutions, sums, scaling and elementwise
    functions. Halves are averaged over two orders, not over all subsets of the inputs:
    these are no Shapley values. Where x equals x', where a half vanishes, a multiplier
    is the limit of the rule, which is a local statement.

    Args:
      f: float [D] -> scalar.
      x: float [D].
      baseline: float [D].
      key: not used.

    Returns:
      Multipliers, float [D].

    Raises:
      UnknownPrimitiveError: for a primitive that mixes arrays in another way (products
        of two, pools, control flow); `deeplift` reads most of them.

    References:
      Shrikumar, Greenside, Kundaje, "Learning Important Features Through Propagating
      Activation Differences", 2017, https://arxiv.org/abs/1704.02685
    """
    chex.assert_equal_shape([x, baseline])
    change = x - baseline
    halves = jnp.maximum(change, 0), jnp.minimum(change, 0)
    up, down = reveal_cancel_parts(f, x, baseline, *halves)
    return jnp.where(change > 0, up, jnp.where(change < 0, down, (up + down) / 2))


def _equation(equation: jex.JaxprEqn, points: list[Point]) -> list[Point]:
    name, bind = equation.primitive.name, binder(equation)
    if not any(point.varies for point in points):
        return [Point(value) for value in bind(*(point.value for point in points))]
    if name == "stop_gradient":
        return points
    if not equation.outvars:  # an effect, such as printing
        return bind(*(p.value[INPUT] if p.varies else p.value for p in points))
    places = jax.vmap(bind, [0 if point.varies else None for point in points])
    if name in CALLS:
        outputs = called(equation.params[CALLS[name]], points, Point, _equation)
        return own_derivative(name, places, points, outputs)
    if name in ELEMENTWISE:
        values = places(*(point.value for point in points))
        root = shared_root(points, values)
        if root is not None:
            return [Point(values[0], root, local_derivative(places, points, values[0]))]
    return [_by_rule(name, bind, points)]


def _by_rule(name: str, bind: Callable, points: Sequence[Point]) -> Point:
    moving = [point for point in points if point.varies]
    if name not in RULES or not all(is_float(point.value) for point in moving):
        _refuse(name)
    roots = [point.collapsed() if point.varies else None for point in points]
    pairs = list(zip(points, roots, strict=True))
    value, reference = (
        bind(*(p.value if r is None else r.value[place] for p, r in pairs))[0]
        for place in (INPUT, REFERENCE)
    )

    def carry(field: str) -> Halves:
        operands = [
            Operand(p.value)
            if r is None
            else Operand(r.value[INPUT], r.sign(), getattr(r, field))
            for p, r in pairs
        ]
        return RULES[name](bind, operands)

    try:
        halves = carry("change"), carry("tangent")
    except UnknownPrimitiveError:
        _refuse(name)
    return Point.of_root(Root.between(value, reference, *halves))


def _refuse(name: str) -> NoReturn:
    raise UnknownPrimitiveError(
        f"reveal_cancel: no rule for the primitive '{name}' of these operands. It takes"
        " dense layers, sums, scaling and elementwise functions: use 'deeplift' instead"
    )
