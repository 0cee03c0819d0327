"""The secant: beside `jax.linearize`, a linear map that is exact between two inputs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import chex
import jax
import jax.extend.core as jex
import jax.numpy as jnp

from gxjax.attribution.secant_point import Point, Root
from gxjax.attribution.secant_rules import (
    ELEMENTWISE,
    RULES,
    UnknownPrimitiveError,
    between,
)

__all__ = ["secant"]

_CALLS = {
    **dict.fromkeys(("jit", "pjit", "remat", "remat2", "checkpoint"), "jaxpr"),
    **dict.fromkeys(("closed_call", "core_call"), "call_jaxpr"),
    **dict.fromkeys(("custom_jvp_call", "custom_vjp_call"), "call_jaxpr"),
}


def secant(f: Callable, x: jax.Array, baseline: jax.Array) -> tuple[Any, Any, Callable]:
    """The chained secant slopes of `f` between `baseline` and `x`.

    `f` is traced to a jaxpr. Linear primitives stay as they are. An elementwise
    function of ONE varying input, however many primitives it takes, is multiplication
    by delta out / delta in; where |delta in| is below 1e-6 (float64: 1e-10) of
    max(1, |in|), it is the ordinary derivative at `x`, so that completeness is off by
    at most that much there. A product of two varying operands is the mean of its two
    orders, a maximum follows the operand that won. Nested functions (jit, custom
    derivatives, remat, scan) are entered. Works under `jit` and `vmap`.

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
        points = _interpret(closed.jaxpr, closed.consts, [start])
        return jax.tree.unflatten(structure, [p.tangent_or_zero() for p in points])

    return f(x), f(baseline), slopes


def _interpret(jaxpr: jex.Jaxpr, constants: Sequence, points: list[Point]) -> list:
    """Evaluates a jaxpr at both ends, with the tangent beside."""
    environment: dict = {}

    def read(atom):
        if isinstance(atom, jex.Literal):
            return Point.constant(atom.val)
        return environment[atom]

    fixed = [Point.constant(constant) for constant in constants]
    for names, values in ((jaxpr.constvars, fixed), (jaxpr.invars, points)):
        environment.update(zip(names, values, strict=True))
    for equation in jaxpr.eqns:
        outputs = _equation(equation, [read(atom) for atom in equation.invars])
        environment.update(zip(equation.outvars, outputs, strict=True))
    return [read(atom) for atom in jaxpr.outvars]


def _equation(equation: jex.JaxprEqn, points: list[Point]) -> list[Point]:
    name = equation.primitive.name
    bind = _binder(equation)
    if not any(point.varies for point in points):
        return [Point.constant(v) for v in bind(*(p.value for p in points))]
    if name == "stop_gradient":  # the secant is of values, which do flow through
        return points
    if name == "scan":
        return _scan(equation.params, points)
    if name in _CALLS:
        outputs = _enter(equation.params[_CALLS[name]], points)
        return _own_derivative(name, bind, points, outputs)
    values = bind(*(point.value for point in points))
    references = bind(*(point.reference for point in points))
    root = _shared_root(points, values)
    if name in ELEMENTWISE and root is not None:
        local = _local(bind, points, values[0])
        return [Point(values[0], references[0], root, local)]
    _check_known(name, points)
    pairs = [point.pair() for point in points]
    ends = list(zip(values, references, strict=True))
    rule = RULES.get(name, between)
    tangents = rule(bind, pairs, ends)
    return [Point.of_root(Root(*e, t)) for e, t in zip(ends, tangents, strict=True)]


def _binder(equation: jex.JaxprEqn) -> Callable:
    bound = equation.primitive.get_bind_params(equation.params)
    # A pair (functions, parameters) in some versions of jax.
    subfunctions, parameters = bound if isinstance(bound, tuple) else ((), bound)

    def bind(*operands):
        out = equation.primitive.bind(*subfunctions, *operands, **parameters)
        return list(out) if equation.primitive.multiple_results else [out]

    return bind


def _enter(inner: Any, points: list[Point]) -> list[Point]:
    constants = getattr(inner, "consts", ())
    return _interpret(getattr(inner, "jaxpr", inner), constants, points)


def _own_derivative(name, bind, points, outputs) -> list[Point]:
    """A custom derivative (relu at 0) holds where an elementwise whole has no delta."""
    root = _shared_root(points, [point.value for point in outputs])
    whole = len(outputs) == 1 and root is not None and outputs[0].root is root
    if name != "custom_jvp_call" or not whole:
        return outputs
    local = _local(bind, points, outputs[0].value)
    return [outputs[0]._replace(local=local)]


def _shared_root(points: Sequence[Point], values: Sequence) -> Root | None:
    """The one varying input that all operands are elementwise functions of."""
    roots = [point.root for point in points if point.root is not None]
    shape = jnp.shape(values[0])
    same = all(root is roots[0] and jnp.shape(root.value) == shape for root in roots)
    return roots[0] if roots and same and len(values) == 1 else None


def _local(bind: Callable, points: Sequence[Point], value: Any) -> Any:
    """The ordinary derivative of an elementwise output with respect to its root."""
    moving = [i for i, p in enumerate(points) if p.varies and _is_float(p.value)]
    if not moving or not _is_float(value):
        return None

    def of_moving(*operands):
        full = [point.value for point in points]
        for position, operand in zip(moving, operands, strict=True):
            full[position] = operand
        return bind(*full)[0]

    primals = [points[i].value for i in moving]
    tangents = [
        jnp.zeros_like(points[i].value) if points[i].local is None else points[i].local
        for i in moving
    ]
    return jax.jvp(of_moving, primals, tangents)[1]


def _is_float(value: Any) -> bool:
    return jnp.issubdtype(jnp.result_type(value), jnp.floating)


def _check_known(name: str, points: Sequence[Point]) -> None:
    varying = [point for point in points if point.varies]
    discrete = not all(_is_float(point.value) for point in varying)
    pairwise = name in ELEMENTWISE and len(varying) == len(points) == 2
    if discrete or not (name in RULES or pairwise):
        reason = " of a varying index or condition" if discrete else ""
        raise UnknownPrimitiveError(
            f"secant: no rule for the primitive '{name}'{reason}. Register one: "
            f"gxjax.attribution.register_rule({name!r}, rule), or rule='elementwise' "
            "if its output depends on its input element by element."
        )


def _scan(params: dict, points: list[Point]) -> list[Point]:
    """Unrolled: slopes differ from step to step."""
    body, length = params["jaxpr"], params["length"]
    held, carried = params["num_consts"], params["num_consts"] + params["num_carry"]
    constants, carry, rows = points[:held], points[held:carried], points[carried:]
    steps = range(length)
    collected: list = [None] * length
    for step in reversed(steps) if params["reverse"] else steps:
        outputs = _enter(body, [*constants, *carry, *(row.at(step) for row in rows)])
        carry, collected[step] = outputs[: len(carry)], outputs[len(carry) :]
    return [*carry, *(Point.stack(column) for column in zip(*collected, strict=True))]
