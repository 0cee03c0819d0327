"""What every method must pass, present and future: one suite over METHODS."""

from functools import partial

import chex
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from gxjax.attribution import METHODS, score, score_dense

EXACT = sorted(name for name in METHODS if METHODS[name].one_draw is None)
GLOBAL = [
    *((name, "none") for name in sorted(METHODS)),
    ("gradient_shap", "smoothgrad_squared"),
]
LOCAL = [("saliency", "smoothgrad_squared")]


@pytest.fixture(params=sorted(METHODS))
def method(request):
    return METHODS[request.param]


def _network(front, member=0):
    tail = jax.tree.map(lambda a: a[member], front.tail)
    return lambda x: front.head(tail, x @ front.kernel[member] + front.bias[member])


def _run(method, f, x, baseline, key):
    return jax.jit(lambda a: method.function(f, a, baseline=baseline, key=key))(x)


def _person(case):
    return case.dosages.arrays[case.people[0]], jnp.asarray(case.baseline[0])


def test_method__on_a_linear_network_returns_its_weights(method, key):
    weights = jnp.array([1.0, -2.0, 0.0, 3.5])
    x, baseline = jnp.array([0.0, 1.0, 2.0, 2.0]), jnp.array([0.5, 0.5, 0.5, 2.0])
    found = method.function(lambda a: a @ weights + 4, x, baseline=baseline, key=key)
    np.testing.assert_allclose(found, weights, rtol=1e-5)


def test_method__gives_an_unused_variant_zero(method, case, key):
    x, baseline = _person(case)
    found = _run(method, _network(case.front), x, baseline, key)
    assert found[len(x) // 2] == 0
    assert jnp.count_nonzero(found) > len(x) // 2


def test_method__is_finite_on_constant_input(method, case, key):
    x, baseline = _person(case)
    f = _network(case.front)
    for constant in (x * 0, baseline):
        assert jnp.isfinite(_run(method, f, constant, baseline, key)).all()


def test_method__gives_the_same_for_the_same_key(method, case, key):
    x, baseline = _person(case)
    before = np.array(x)
    f = _network(case.front)
    first, again = (_run(method, f, x, baseline, key) for _ in range(2))
    np.testing.assert_array_equal(first, again)
    np.testing.assert_array_equal(x, before)


def test_method__traces_once(method, case, key):
    chex.clear_trace_counter()
    baseline = jnp.asarray(case.baseline[0])
    f = _network(case.front)

    def one(a, k):
        return method.function(f, a, baseline=baseline, key=k)

    traced_once = jax.jit(chex.assert_max_traces(one, n=1))
    for person in range(3):
        traced_once(case.dosages.arrays[person], jax.random.fold_in(key, person))


@pytest.mark.parametrize("name", [n for n in METHODS if METHODS[n].complete])
def test_method__is_complete(name, case, key):
    with jax.enable_x64(True):
        front = jax.tree.map(
            lambda a: jnp.asarray(a, jnp.float64),
            case.front._replace(head=None),
        )
        f = _network(front._replace(head=case.front.head))
        baseline = jnp.asarray(case.baseline[0], jnp.float64)
        people = jnp.asarray(case.dosages.arrays, jnp.float64)
        run = partial(METHODS[name].function, f, baseline=baseline, key=key)
        found = jax.jit(jax.vmap(run))(people)
        claimed = (found * (people - baseline[None])).sum(1)
        change = jax.vmap(f)(people) - f(baseline)
        tolerance = 1e-12 if name == "deeplift" else 0.05 * jnp.abs(change) + 1e-3
        assert (jnp.abs(claimed - change) < tolerance).all()


@pytest.mark.parametrize(("times_input", "columns"), [(True, GLOBAL), (False, LOCAL)])
def test_score__does_not_depend_on_the_batch(case, key, times_input, columns):
    first, *others = (
        score(*case, columns, key=key, batch_size=size, multiply_by_inputs=times_input)
        for size in (1, 7, 64)
    )
    for other in others:
        np.testing.assert_allclose(other.values, first.values, rtol=1e-4)
        np.testing.assert_allclose(
            other.completeness.delta, first.completeness.delta, atol=2e-3
        )


@pytest.mark.parametrize(("rows", "times_input"), [(1, True), (3, True), (3, False)])
def test_score__through_the_front_equals_the_dense_path(case, key, rows, times_input):
    rng = np.random.default_rng(rows)
    baseline = rng.uniform(0, 2, (rows, case.baseline.shape[1])).astype(np.float32)
    columns = [(name, "none") for name in sorted(METHODS)]
    case = case._replace(baseline=baseline)
    fast, slow = (
        run(*case, columns, key=key, multiply_by_inputs=times_input)
        for run in (score, score_dense)
    )
    for column, ours, theirs in zip(columns, fast.values, slow.values, strict=True):
        error = np.abs(ours - theirs).max() / np.abs(theirs).max()
        assert error < 1e-5, column
    np.testing.assert_allclose(
        fast.completeness.delta, slow.completeness.delta, atol=2e-3
    )


@pytest.mark.parametrize("name", EXACT)
def test_score__without_noise_ignores_the_key(name, case, key):
    other = jax.random.key(9)
    first, second = (score(*case, [(name, "none")], key=k).values for k in (key, other))
    np.testing.assert_array_equal(first, second)
