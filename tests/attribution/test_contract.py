"""What every method must pass, present and future: one suite over METHODS."""

from collections import Counter
from functools import cache, partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from gxjax.attribution import METHODS, score, score_dense
from gxjax.types import LinearFront

COLUMNS = [(name, "none") for name in sorted(METHODS)]
GLOBAL = [*COLUMNS, ("gradient_shap", "smoothgrad_squared")]
LOCAL = [("saliency", "smoothgrad_squared")]
TRACES: Counter = Counter()


@pytest.fixture(params=sorted(METHODS))
def method(request):
    return METHODS[request.param]


@cache
def _counted(name):
    """The method's function, which counts how often it is traced."""

    def function(f, x, *, baseline, key):
        TRACES[name] += 1
        return METHODS[name].function(f, x, baseline=baseline, key=key)

    return function


def _network(front):
    """Of the first member."""
    tail = jax.tree.map(lambda a: a[0], front.tail)
    return lambda x: front.head(tail, x @ front.kernel[0] + front.bias[0])


@partial(jax.jit, static_argnames=("name", "head"))
def _multipliers(name, head, arrays, people, baseline, keys):
    """[N, V], and changes of output; compiled once for most tests."""
    f = _network(LinearFront(*arrays[:2], head, arrays[2]))
    run = jax.vmap(lambda x, k: _counted(name)(f, x, baseline=baseline, key=k))
    return run(people, keys), jax.vmap(f)(people) - f(baseline)


@pytest.fixture
def run(case, method, key):
    """Multipliers and changes of output of eight people with eight keys."""
    front, only = case.front, jnp.asarray(case.baseline[0])
    arrays = front.kernel, front.bias, front.tail
    keys = jax.random.split(key, 8)

    def call(people, keys=keys, baseline=only):
        return _multipliers(method.name, front.head, arrays, people, baseline, keys)

    return call


@pytest.fixture
def people(case):
    """Eight; the first has no alternative allele, the second is the baseline."""
    people = np.array(case.dosages.arrays[case.people[:8]])
    people[0], people[1] = 0, case.baseline[0]
    return jnp.asarray(people)


def test_method__on_a_linear_network_returns_its_weights(method, key):
    weights = np.array([1.0, -2.0, 0.0, 3.5], np.float32)
    x = np.array([0.0, 1.0, 2.0, 2.0], np.float32)
    baseline = np.array([0.5, 0.5, 0.5, 2.0], np.float32)
    run = jax.jit(partial(method.function, lambda a: a @ weights + 4))
    np.testing.assert_allclose(run(x, baseline=baseline, key=key), weights, rtol=1e-5)


def test_method__gives_an_unused_variant_zero(run, people):
    found = np.asarray(run(people)[0])
    unused = found.shape[1] // 2
    assert not found[:, unused].any()
    assert np.count_nonzero(found[2:]) > unused


def test_method__is_finite_on_constant_input(run, people):
    constant = people.at[:3].set(jnp.arange(3.0)[:, None])
    assert np.isfinite(run(constant)[0]).all()


def test_method__gives_the_same_for_the_same_key(run, people):
    before = np.array(people)
    np.testing.assert_array_equal(run(people)[0], run(people)[0])
    np.testing.assert_array_equal(people, before)


def test_method__depends_on_the_key_if_it_draws(run, people, method, key):
    others = jax.random.split(jax.random.fold_in(key, 1), 8)
    same = np.array_equal(run(people)[0], run(people, others)[0])
    assert same == (method.one_draw is None)


def test_method__depends_on_the_baseline_if_it_says_so(run, people, method, case):
    moved = jnp.asarray(case.baseline[0] + 0.7)
    same = np.array_equal(run(people)[0], run(people, baseline=moved)[0])
    assert same != method.uses_baseline


def test_method__is_complete_if_it_claims_it(run, people, case, method):
    found, change = (np.asarray(a) for a in run(people))
    gap = np.abs((found * (people - case.baseline)).sum(1) - change)
    if not method.complete:
        assert gap.max() > 1e-3
    elif method.name in ("deeplift", "reveal_cancel"):
        assert gap.max() < 1e-5
    else:
        assert (gap < 0.05 * np.abs(change) + 1e-3).all()


def test_method__traces_once(run, people, method, key):
    for shift in range(3):
        run(people + shift, jax.random.split(jax.random.fold_in(key, shift), 8))
    assert TRACES[method.name] == 1


def _scores(case, key, size, columns=GLOBAL, **options):
    return score(*case, columns, key=key, batch_size=size, **options)


def _assert_same(found, expected):
    np.testing.assert_allclose(found.values, expected.values, rtol=1e-4)
    for place in ("person", "member"):
        ours, theirs = (scores.completeness[place] for scores in (found, expected))
        np.testing.assert_array_equal(ours, theirs)
    np.testing.assert_allclose(
        found.completeness.delta, expected.completeness.delta, atol=2e-3
    )


@cache
def _rows(width):
    return np.random.default_rng(3).uniform(0, 2, (2, width)).astype(np.float32)


@pytest.fixture
def over_rows(case):
    """The case with two baselines."""
    return case._replace(baseline=_rows(case.baseline.shape[1]))


@pytest.fixture(scope="module")
def whole():
    """Scores of all methods, computed once."""
    return {}


@pytest.fixture
def expected(whole, over_rows, key):
    if "scores" not in whole:
        whole["scores"] = _scores(over_rows, key, 64)
    return whole["scores"]


@pytest.mark.parametrize("size", [1, 7])
def test_score__does_not_depend_on_the_batch(over_rows, key, size, expected):
    _assert_same(_scores(over_rows, key, size), expected)


def test_score__local_does_not_depend_on_the_batch(case, key):
    small, large = (
        _scores(case, key, size, LOCAL, multiply_by_inputs=False) for size in (7, 64)
    )
    _assert_same(small, large)


def test_score__is_the_same_on_eight_devices(over_rows, key, expected):
    """Two of them per axis: members, people and variants."""
    devices = np.asarray(jax.devices()[:8]).reshape(2, 2, 2)
    mesh = jax.sharding.Mesh(devices, ("member", "sample", "variant"))
    _assert_same(_scores(over_rows, key, 8, mesh=mesh), expected)


def test_score__through_the_front_equals_the_dense_path(over_rows, key, expected):
    dense = score_dense(*over_rows, COLUMNS, key=key)
    pairs = zip(COLUMNS, expected.values, dense.values, strict=False)
    for column, ours, theirs in pairs:
        error = np.abs(ours - theirs).max() / np.abs(theirs).max()
        assert error < 1e-5, column
    np.testing.assert_allclose(
        expected.completeness.delta, dense.completeness.delta, atol=2e-3
    )
