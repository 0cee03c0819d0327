"""Networks that see several numbers of a dosage: one score per variant."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from gxjax.attribution import (
    INDICATORS,
    METHODS,
    SmoothGrad,
    TimesInput,
    score,
    score_dense,
    through_front,
)
from gxjax.attribution.channels import expand, fold, per_dosage
from gxjax.attribution.front import noise_law
from gxjax.types import Channels, LinearFront

V, H, PEOPLE, L = 40, 12, 21, 3
FEW_STEPS = METHODS | {
    name: METHODS[name]._replace(function=partial(METHODS[name].function, steps=6))
    for name in ("integrated_gradients",)
}
EXACT = [(name, "none") for name in sorted(METHODS) if METHODS[name].one_draw is None]


def straight(tail, h):
    return h @ tail


@pytest.fixture
def indicators(case, make_front):
    """The people of `case` before two networks of 3 channels per variant."""
    front = make_front(variants=L * V)
    mixed = case.dosages._replace(arrays=case.dosages.arrays.at[::3, ::4].add(0.25))
    baseline = np.stack([np.full(V, 0.6), np.arange(V) % 3]).astype(np.float32)
    return case._replace(
        front=front._replace(channels=INDICATORS), dosages=mixed, baseline=baseline
    )


@pytest.fixture
def linear(case):
    """One linear network of 3 channels, of few enough units to have a closed form."""
    draw = np.random.default_rng(8)
    kernel = draw.normal(size=(1, L * V, H)).astype(np.float32)
    tail = draw.normal(size=(1, H)).astype(np.float32)
    front = LinearFront(kernel, jnp.zeros((1, H)), straight, tail, INDICATORS)
    return case._replace(front=front), (kernel[0] @ tail[0]).reshape(V, L)


def people_of(case):
    return np.asarray(case.dosages.arrays)[case.people]


def test_indicators__are_the_dosage_and_two_indicators():
    found = expand(INDICATORS, jnp.array([[0, 1, 2, 0.5, 1.5]]))
    expected = [[0, 0, 0, 1, 1, 0, 2, 1, 1, 0.5, 0.5, 0, 1.5, 1, 0.5]]
    np.testing.assert_array_equal(found, expected)
    assert per_dosage(INDICATORS) == (1, 0.5, 0.5)
    inputs = jnp.arange(6.0)
    np.testing.assert_array_equal(fold(INDICATORS, inputs, True), [3, 12])
    np.testing.assert_array_equal(fold(INDICATORS, inputs, False), [1.5, 7.5])


def test_score__has_the_closed_form_of_a_linear_network(linear, key):
    case, effect = linear
    x, end = people_of(case)[:, :, None], case.baseline[0][None, :, None]
    seen = (lambda a: a), (lambda a: np.minimum(a, 1)), (lambda a: np.maximum(a - 1, 0))
    change = np.concatenate([f(x) - f(end) for f in seen], axis=2)
    times = np.abs((change * effect[None]).sum(2)).mean(0)
    local = np.abs(effect @ [1, 0.5, 0.5])
    for name, _ in EXACT:
        expected = times if METHODS[name].times_input else local
        found = score(*case, [(name, "none")], key=key).values[0, 0]
        np.testing.assert_allclose(found, expected, rtol=2e-4, err_msg=name)


@pytest.mark.parametrize(("merge", "draws", "error"), [(0, 1000, 0.05), (1, 1, 1e-4)])
def test_score__squared_noise_of_a_linear_network(linear, key, merge, draws, error):
    """E a^2 = (sum_c d_c s_c)^2 + sigma^2 sum_c s_c^2; the leading order, exactly."""
    case, effect = linear
    column, plain = (
        [("input_x_gradient", noise)] for noise in ("smoothgrad_squared", "none")
    )
    noisy = {"sigma": 0.7, "draws": draws, "batch_size": 3, "merge_draws": bool(merge)}
    found = score(*case, column, key=key, **noisy).values[0, 0]
    exact = score(*case, plain, key=key, reductions=("mean_square",))
    expected = exact.reductions["mean_square", "all"][0, 0]
    expected = expected + noisy["sigma"] ** 2 * (effect**2).sum(1)
    np.testing.assert_allclose(found, expected, rtol=error)


def assert_same(fast, slow, tolerance=1e-5):
    scale = np.abs(slow).max(axis=2, keepdims=True)
    np.testing.assert_array_less(np.abs(fast - slow) / scale, tolerance)


def test_score__is_that_of_the_dense_path_and_complete(indicators, key):
    kept = {"key": key, "methods": FEW_STEPS}
    fast, slow = (f(*indicators, EXACT, **kept) for f in (score, score_dense))
    assert fast.values.shape == (len(EXACT), 2, V)
    assert_same(fast.values, slow.values)
    np.testing.assert_array_equal(fast.completeness.method, slow.completeness.method)
    for name in ("deeplift", "reveal_cancel"):
        rows = fast.completeness[fast.completeness.method == name]
        assert len(rows) == 2 * PEOPLE
        assert np.abs(rows.delta).max() < 1e-4


def test_score__local_is_that_of_the_dense_path(indicators, key):
    columns = [("saliency", "none"), ("reveal_cancel", "none")]
    kept = {"key": key, "multiply_by_inputs": False}
    fast, slow = (f(*indicators, columns, **kept) for f in (score, score_dense))
    assert_same(fast.values, slow.values)


@pytest.mark.parametrize(
    ("variants", "hidden", "times_input"), [(V, H, True), (V, H, False), (2, 3, True)]
)
def test_through_front__has_the_moments_of_the_dense_path(
    indicators, make_front, key, variants, hidden, times_input
):
    """Of 2 variants before 3 units, the noise of a variant's channels is one."""
    front = make_front(variants=L * variants, hidden=hidden)
    kernel, bias, tail = (
        jax.tree.map(lambda a: a[0], part)
        for part in (front.kernel, front.bias, front.tail)
    )
    head = partial(front.head, tail)
    x = people_of(indicators)[0, :variants]
    end = jnp.asarray(indicators.baseline[0, :variants])
    inner = METHODS["input_x_gradient"].function
    inner = TimesInput(inner) if times_input else inner
    f = lambda inputs: head(inputs @ kernel + bias)  # noqa: E731
    draws, sigma = 1500, 0.7

    @jax.jit
    def one(child):
        noise = sigma * jax.random.normal(child, (L * variants,))
        seen = expand(INDICATORS, x) + noise
        found = inner(f, seen, baseline=expand(INDICATORS, end), key=child)
        return fold(INDICATORS, found, times_input)

    drawn = np.asarray(jax.vmap(one)(jax.random.split(key, draws)), np.float64)
    for statistic, sample in (("mean", drawn), ("mean_square", drawn**2)):
        smooth = SmoothGrad(inner, draws, sigma, statistic)
        found = through_front(
            smooth, kernel, bias, head, x, baseline=end, key=key, channels=INDICATORS
        )
        # The front's own error is at most that of the sample.
        error = np.sqrt(2 * sample.var(0) / draws)
        z = (np.asarray(found) - sample.mean(0)) / np.maximum(error, 1e-9)
        assert np.abs(z).max() < 4.5
        # Local ones of all variants move together, with few units.
        assert np.sqrt((z**2).mean()) < (1.3 if times_input else 2)


def test_noise_law__of_channels_adds_up_to_the_rank(indicators):
    kernel = indicators.front.kernel[0]
    law = noise_law(kernel, INDICATORS)
    assert law.leverage.shape == (L, L, V)
    np.testing.assert_allclose(np.einsum("ccv->", law.leverage), H, rtol=1e-4)
    j = 7
    rows = np.asarray(kernel, np.float64)
    own = rows[L * j : L * j + L]
    expected = own @ np.linalg.solve(rows.T @ rows, own.T)
    np.testing.assert_allclose(law.leverage[:, :, j], expected, atol=1e-5)


NOISY = [
    ("saliency", "none"),
    ("saliency", "smoothgrad_squared"),
    ("input_x_gradient", "vargrad"),
    ("reveal_cancel", "smoothgrad"),
]


@pytest.fixture
def run(indicators, key):
    kept = {"key": key, "batch_size": 8, "reductions": ("mean_signed",)}
    return partial(score, *indicators, NOISY, **kept)


def mesh_of(*shape):
    devices = np.asarray(jax.devices()[: np.prod(shape)])
    return jax.sharding.Mesh(devices.reshape(shape), ("member", "sample", "variant"))


@pytest.mark.parametrize(("shape", "tiles"), [((1, 2, 4), 3), ((1, 1, 3), 2)])
def test_score__does_not_depend_on_tiles_or_devices(run, shape, tiles):
    """Neither 10 variants over 3 tiles nor 40 over 3 devices and 2 tiles divide."""
    expected, found = run(tiles=1), run(mesh=mesh_of(*shape), tiles=tiles)
    for name, values in expected.reductions.items():
        assert_same(found.reductions[name], values, 1e-4)


def test_score__noise_is_that_of_the_dense_path(indicators, key):
    """Over people and draws; the dense path draws every input's noise."""
    kept = {"draws": 20, "sigma": 0.7, "batch_size": 21}
    columns = [("reveal_cancel", "smoothgrad"), ("input_x_gradient", "vargrad")]
    fast, slow = (
        f(*indicators, columns, key=key, **kept) for f in (score, score_dense)
    )
    ratio = fast.values.sum(2) / slow.values.sum(2)
    np.testing.assert_allclose(ratio, 1, atol=0.05)


def test_score__one_channel_named_is_none(case, key):
    columns = [("deeplift", "vargrad"), ("saliency", "smoothgrad_squared")]
    named = Channels((lambda x: x,))
    one, other = (
        score(*case._replace(front=case.front._replace(channels=c)), columns, key=key)
        for c in (None, named)
    )
    np.testing.assert_array_equal(one.values, other.values)


def test_score__plans_memory_for_every_channel(indicators, key):
    heard = []
    columns = [("input_x_gradient", "smoothgrad"), ("saliency", "none")]
    score(*indicators, columns, key=key, announce=heard.append, batch_size=8)
    [plan] = heard
    kernel = 4 * 2 * L * V * H
    assert plan.noise_law == 4 * 2 * (2 * H**2 + L**2 * V)
    assert plan.totals == 4 * 2 * 2 * 2 * V
    assert kernel < plan.networks < 1.5 * kernel
    # The genotypes of a batch stay dosages.
    assert plan.block == 4 * (2 * (8 * V + 8 + 8) + 2 * V)


def test_score__raises_on_a_kernel_that_channels_do_not_divide(case, key):
    front = case.front._replace(channels=INDICATORS)
    with pytest.raises(ValueError, match="a kernel of 40 rows with 3 channels"):
        score(*case._replace(front=front), EXACT, key=key)
