from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from gxjax.attribution import integrated_gradients, integrated_gradients_to

KNOTS = jnp.linspace(-1.0, 5.0, 23)
FRONT = jnp.array([1.0, -0.5, 2.0])


def _kinked(x):
    signs = jnp.where(jnp.arange(23) % 2 == 0, 1.0, -0.8).astype(x.dtype)
    return signs @ jax.nn.relu(x @ FRONT.astype(x.dtype) - KNOTS.astype(x.dtype))


def _gaps(method, people, baseline, f=_kinked):
    found = jax.vmap(lambda x: method(f, x, baseline=baseline, key=None))(people)
    change = jax.vmap(f)(people) - f(baseline)
    gap = jnp.abs((found * (people - baseline[None])).sum(1) - change)
    return gap / jnp.maximum(jnp.abs(change), 1e-6), found


def _people():
    return jnp.asarray(np.random.default_rng(0).integers(0, 3, (6, 3)), jnp.float32)


def test_integrated_gradients__of_a_polynomial_is_exact():
    x, baseline = jnp.array([2.0, 1.0]), jnp.array([0.0, 1.0])
    f = lambda a: a[0] ** 3 * a[1]  # noqa: E731
    found = integrated_gradients(f, x, baseline=baseline, key=None, steps=4)
    np.testing.assert_allclose(found, [4.0, 2.0], rtol=1e-6)


def test_integrated_gradients_to__meets_its_tolerance():
    people, baseline = _people(), jnp.array([0.31, 0.0, 0.27])
    fixed = partial(integrated_gradients, steps=16)
    coarse, _ = jax.jit(partial(_gaps, fixed))(people, baseline)
    assert coarse.max() > 1e-3
    for tolerance in (1e-3, 1e-4):
        method = integrated_gradients_to(tolerance, most_steps=16384)
        fine, _ = jax.jit(partial(_gaps, method))(people, baseline)
        assert fine.max() <= 1.01 * tolerance + 1e-5


def test_integrated_gradients_to__does_not_depend_on_the_batch():
    people, baseline = _people(), jnp.array([0.31, 0.0, 0.27])
    method = integrated_gradients_to(1e-3)
    run = jax.jit(jax.vmap(lambda x: method(_kinked, x, baseline=baseline, key=None)))
    together = run(people)
    alone = jnp.concatenate([run(people[i : i + 1]) for i in range(len(people))])
    np.testing.assert_allclose(alone, together, rtol=1e-6)


@pytest.mark.parametrize(("most_steps", "expected"), [(16, 16), (100, 64)])
def test_integrated_gradients_to__stops_at_most_steps(most_steps, expected):
    """A step function has no gradient: nothing is ever complete."""
    taken = []

    def f(x):
        jax.debug.callback(lambda _: taken.append(1), x[0])
        return jnp.floor(x).sum()

    x = jnp.array([1.0])
    method = integrated_gradients_to(1e-3, most_steps)
    method(f, x, baseline=x * 0, key=None)
    jax.effects_barrier()
    # Two ends, then 16 gradients a panel and 1, 2, 4 .. panels.
    assert len(taken) == 2 + (2 * expected - 16)


@pytest.mark.parametrize(("tolerance", "most_steps"), [(0.0, 64), (1e-3, 15)])
def test_integrated_gradients_to__raises_on_its_range(tolerance, most_steps):
    with pytest.raises(ValueError, match="expected tolerance > 0 and most_steps >= 16"):
        integrated_gradients_to(tolerance, most_steps)
