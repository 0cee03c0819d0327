"""The secant: beside `jax.linearize`, a linear map that is exact between two inputs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, NoReturn

import chex
import jax
import jax.extend.core as jex

from gxjax.attribution.interpreter import (
    CALLS,
    binder,
    called,
    is_float,
    local_derivative,
    own_derivative,
    shared_root,
)
from gxjax.attribution.secant_point import Point, Root
from gxjax.attribution.secant_rules import (
    ELEMENTWISE,
    RULES,
    UnknownPrimitiveError,
    between,
)

__all__ = ["secant"]


def secant(f: Callable, x: jax.Array, baseline: jax.Array) -> tuple[Any, Any, Callable]:
    """The chained secant slopes of `f` between `baseline` and `x`.

    `f` is traced to a jaxpr. Linear primitives stay as they are. An elementwise
    function of ONE varying input, however many primitives it takes, is multiplication
    by delta out / delta in; where |delta in| is below 1e-6 (float64: 1e-10) of
    max(1, |in|), it is the ordinary derivative at `x`, so that completeness is off by
    at most that much there. A product of two varying operands is the mean of its two
    orders, a maximum follows the operand that won. Nested functions (jit, custom
    derivatives, remat, scan; cond, where its index does not vary) are entered. Works
    under `jit` and `vmap`.

    Softmax and layer norm are quotients, by these same rules, and so are complete;
    captum's softmax (slopes less their mean, as published) is not.

    The secant says what the function did between two points, not in between: two
    routes that cancel are invisible to it.

    Args:
      f: a function of one array, returning any pytree of arrays.
      x: float [...], the input.
      baseline: float [...], of the shape and dtype of `x`.

    Returns:
      f(x), f(baseline), and a linear function `map` of an array shaped as `x` with
      map(x - baseline) = f(x) - f(baseline) to rounding.

    Raises:
      UnknownPrimitiveError: when `map` is called and `f` uses a nonlinear primitive
        without a rule; the message names it and says how to register one.

    References:
      Shrikumar, Greenside, Kundaje, "Learning Important Features Through Propagating
      Activation Differences", 2017, https://arxiv.org/abs/1704.02685
    """
    chex.assert_equal_shape([x, baseline])
    chex.assert_type([x, baseline], float)
    closed, shape = jax.make_jaxpr(f, return_shape=True)(x)
    structure = jax.tree.structure(shape)

    def slopes(direction: jax.Array) -> Any:
        start = Point.of_root(Root(x, baseline, direction))
        points = _enter(closed, [start])
        return jax.tree.unflatten(structure, [p.tangent_or_zero() for p in points])

    return f(x), f(baseline), slopes


def _equation(equation: jex.JaxprEqn, points: list[Point]) -> list[Point]:
    name = equation.primitive.name
    bind = binder(equation)
    if not any(point.varies for point in points):
        return [Point.constant(v) for v in bind(*(p.value for p in points))]
    if name == "stop_gradient":  # the secant is of values, which do flow through
        return points
    if name in ("scan", "cond"):
        return _control(name, equation, points)
    if name in CALLS:
        outputs = _enter(equation.params[CALLS[name]], points)
        return own_derivative(name, bind, points, outputs)
    values = bind(*(point.value for point in points))
    if not values:  # an effect, such as printing
        return []
    references = bind(*(point.reference for point in points))
    root = shared_root(points, values)
    if name in ELEMENTWISE and root is not None:
        local = local_derivative(bind, points, values[0])
        return [Point(values[0], references[0], root, local)]
    _check_known(name, points)
    pairs = [point.pair() for point in points]
    ends = list(zip(values, references, strict=True))
    rule = RULES.get(name, between)
    tangents = rule(bind, pairs, ends)
    return [Point.of_root(Root(*e, t)) for e, t in zip(ends, tangents, strict=True)]


def _enter(inner: Any, points: list[Point]) -> list[Point]:
    return called(inner, points, Point.constant, _equation)


def _check_known(name: str, points: Sequence[Point]) -> None:
    varying = [point for point in points if point.varies]
    _check_continuous(name, varying)
    pairwise = name in ELEMENTWISE and len(varying) == len(points) == 2
    if not (name in RULES or pairwise):
        _refuse(name, "")


def _check_continuous(name: str, points: Sequence[Point]) -> None:
    if any(point.varies and not is_float(point.value) for point in points):
        _refuse(name, " of a varying index or condition")


def _refuse(name: str, reason: str) -> NoReturn:
    raise UnknownPrimitiveError(
        f"secant: no rule for the primitive '{name}'{reason}. Register one: "
        f"gxjax.attribution.register_rule({name!r}, rule), or rule='elementwise' "
        "if its output depends on its input element by element."
    )


def _control(name: str, equation: jex.JaxprEqn, points: list[Point]) -> list[Point]:
    _check_continuous(name, points)
    outputs = (_scan if name == "scan" else _cond)(equation, points)
    _check_continuous(name, outputs)
    return outputs


def _scan(equation: jex.JaxprEqn, points: list[Point]) -> list[Point]:
    """Unrolled: slopes differ from step to step."""
    params = equation.params
    body, length = params["jaxpr"], params["length"]
    held, carried = params["num_consts"], params["num_consts"] + params["num_carry"]
    constants, carry, rows = points[:held], points[held:carried], points[carried:]
    steps = range(length)
    collected: list = [None] * length
    for step in reversed(steps) if params["reverse"] else steps:
        outputs = _enter(body, [*constants, *carry, *(row.at(step) for row in rows)])
        carry, collected[step] = outputs[: len(carry)], outputs[len(carry) :]
        _check_continuous("scan", collected[step])
    return [*carry, *(Point.stack(column) for column in zip(*collected, strict=True))]


def _cond(equation: jex.JaxprEqn, points: list[Point]) -> list[Point]:
    """Both ends take the branch of an index that does not vary."""
    index, *operands = points
    if index.varies:
        _refuse("cond", " of a varying index or condition")

    def run(branch, roots):
        outputs = _enter(branch, [Point.of_root(root) for root in roots])
        _check_continuous("cond", outputs)
        return [
            (p.value, p.reference, p.tangent_or_zero() if is_float(p.value) else None)
            for p in outputs
        ]

    roots = [Root(p.value, p.reference, p.tangent()) for p in operands]
    branches = [partial(run, branch) for branch in equation.params["branches"]]
    found = jax.lax.switch(index.value, branches, roots)
    return [Point.of_root(Root(*ends)) for ends in found]
