"""What every method must pass, present and future: one suite over METHODS."""

from functools import partial

import chex
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from gxjax.attribution import METHODS, score, score_dense
from gxjax.types import LinearFront

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


@partial(jax.jit, static_argnames=("function", "head"))
def _multipliers(function, head, arrays, people, baseline, keys):
    """Of the first member, [N, V], and its outputs; compiled once for most tests."""
    f = _network(LinearFront(*arrays[:2], head, arrays[2]))
    run = jax.vmap(lambda x, k: function(f, x, baseline=baseline, key=k))
    return run(people, keys), jax.vmap(f)(people) - f(baseline)


@pytest.fixture
def run(case, method, key):
    """Multipliers and changes of output of eight people with eight keys."""
    front, baseline = case.front, jnp.asarray(case.baseline[0])
    arrays = front.kernel, front.bias, front.tail
    keys = jax.random.split(key, 8)

    def call(people, keys=keys):
        return _multipliers(method.function, front.head, arrays, people, baseline, keys)

    return call


@pytest.fixture
def people(case):
    """Eight; the first has no alternative allele, the second is the baseline."""
    people = case.dosages.arrays[case.people[:8]]
    return people.at[0].set(0).at[1].set(jnp.asarray(case.baseline[0]))


def test_method__on_a_linear_network_returns_its_weights(method, key):
    weights = jnp.array([1.0, -2.0, 0.0, 3.5])
    x, baseline = jnp.array([0.0, 1.0, 2.0, 2.0]), jnp.array([0.5, 0.5, 0.5, 2.0])
    found = method.function(lambda a: a @ weights + 4, x, baseline=baseline, key=key)
    np.testing.assert_allclose(found, weights, rtol=1e-5)


def test_method__gives_an_unused_variant_zero(run, people):
    found, _ = run(people)
    unused = found.shape[1] // 2
    assert not found[:, unused].any()
    assert jnp.count_nonzero(found[2:]) > unused


def test_method__is_finite_on_constant_input(run, people):
    assert jnp.isfinite(run(people)[0]).all()


def test_method__gives_the_same_for_the_same_key(run, people):
    before = np.array(people)
    np.testing.assert_array_equal(run(people)[0], run(people)[0])
    np.testing.assert_array_equal(people, before)


def test_method__depends_on_the_key_if_it_draws(run, people, method, key):
    others = jax.random.split(jax.random.fold_in(key, 1), 8)
    same = np.array_equal(run(people)[0], run(people, others)[0])
    assert same == (method.one_draw is None)


def test_method__is_complete_if_it_claims_it(run, people, case, method):
    found, change = run(people)
    gap = jnp.abs((found * (people - case.baseline)).sum(1) - change)
    if not method.complete:
        assert gap.max() > 1e-3
    elif method.name in ("deeplift", "reveal_cancel"):
        assert gap.max() < 1e-5
    else:
        assert (gap < 0.05 * jnp.abs(change) + 1e-3).all()


def test_method__is_the_same_on_eight_devices(run, people, key):
    mesh = jax.make_mesh((8,), ("sample",), axis_types=(jax.sharding.AxisType.Auto,))
    sharding = jax.sharding.NamedSharding(mesh, jax.sharding.PartitionSpec("sample"))
    keys = jax.random.split(key, 8)
    spread, _ = run(*jax.device_put((people, keys), sharding))
    assert len(spread.sharding.device_set) == 8
    # In float32 a secant of a small difference keeps few digits.
    np.testing.assert_allclose(spread, run(people, keys)[0], atol=1e-4)


def test_method__traces_once(method, case, key):
    chex.clear_trace_counter()
    baseline = jnp.asarray(case.baseline[0])
    f = _network(case.front)

    def one(a, k):
        return method.function(f, a, baseline=baseline, key=k)

    traced_once = jax.jit(chex.assert_max_traces(one, n=1))
    for person in range(3):
        traced_once(case.dosages.arrays[person], jax.random.fold_in(key, person))


@pytest.mark.parametrize(
    ("times_input", "columns", "sizes"),
    [(True, GLOBAL, (1, 7, 64)), (False, LOCAL, (7, 64))],
)
def test_score__does_not_depend_on_the_batch(case, key, times_input, columns, sizes):
    first, *others = (
        score(*case, columns, key=key, batch_size=size, multiply_by_inputs=times_input)
        for size in sizes
    )
    for other in others:
        np.testing.assert_allclose(other.values, first.values, rtol=1e-4)
        np.testing.assert_allclose(
            other.completeness.delta, first.completeness.delta, atol=2e-3
        )


def test_score__through_the_front_equals_the_dense_path(case, key):
    rng = np.random.default_rng(3)
    baseline = rng.uniform(0, 2, (3, case.baseline.shape[1])).astype(np.float32)
    columns = [(name, "none") for name in sorted(METHODS)]
    case = case._replace(baseline=baseline)
    fast, slow = (run(*case, columns, key=key) for run in (score, score_dense))
    for column, ours, theirs in zip(columns, fast.values, slow.values, strict=True):
        error = np.abs(ours - theirs).max() / np.abs(theirs).max()
        assert error < 1e-5, column
    np.testing.assert_allclose(
        fast.completeness.delta, slow.completeness.delta, atol=2e-3
    )
