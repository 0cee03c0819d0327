import jax
import jax.numpy as jnp
import numpy as np
import pytest

from gxjax.attribution import (
    METHODS,
    OverBaselines,
    SmoothGrad,
    TimesInput,
    through_front,
)
from gxjax.attribution.front import noise_law

REPEATS = 500


def _pieces(front, case):
    kernel, bias = front.kernel[0], front.bias[0]
    tail = jax.tree.map(lambda a: a[0], front.tail)

    def head(h):
        return front.head(tail, h)

    return kernel, bias, head, case.dosages.arrays[case.people[0]]


def _both(attribution, pieces, baseline, key):
    """Moments of the front and of the dense path over many keys; [REPEATS, V] each."""
    kernel, bias, head, x = pieces
    keys = jax.random.split(key, REPEATS)

    def fast(k):
        return through_front(attribution, *pieces, baseline=baseline, key=k)

    def slow(k):
        f = lambda a: head(a @ kernel + bias)  # noqa: E731
        return attribution(f, x, baseline=baseline, key=k)

    return [jax.jit(jax.vmap(path))(keys) for path in (fast, slow)]


@pytest.mark.parametrize(
    ("name", "times_input", "statistic"),
    [
        ("saliency", False, "mean"),
        ("saliency", True, "mean"),
        ("gradient_shap", False, "mean_square"),
        ("deeplift", True, "mean_square"),
    ],
)
def test_through_front__has_the_mean_of_the_dense_path(
    name, times_input, statistic, case, key
):
    method = METHODS[name].function
    inner = TimesInput(method) if times_input else method
    attribution = SmoothGrad(inner, draws=2, sigma=0.7, statistic=statistic)
    pieces, baseline = _pieces(case.front, case), jnp.asarray(case.baseline[0])
    fast, slow = _both(attribution, pieces, baseline, key)
    error = jnp.sqrt((fast.var(0) + slow.var(0)) / REPEATS)
    z = (fast.mean(0) - slow.mean(0)) / jnp.maximum(error, 1e-9)
    assert jnp.abs(z).max() < 4.5
    assert 0.5 < jnp.sqrt((z**2).mean()) < 1.5
    # The conditional expectation never adds variance; local draws keep all of it.
    ratio = fast.var(0).sum() / slow.var(0).sum()
    assert ratio < 1.1
    if not times_input:
        assert ratio > 0.9


def test_through_front__over_several_baselines(case, key):
    baseline = jnp.asarray(np.random.default_rng(4).uniform(0, 2, (3, 40)), jnp.float32)
    inner = OverBaselines(TimesInput(METHODS["gradient_shap"].one_draw), draws=4)
    attribution = SmoothGrad(inner, draws=2, sigma=0.5, statistic="mean_square")
    fast, slow = _both(attribution, _pieces(case.front, case), baseline, key)
    error = jnp.sqrt((fast.var(0) + slow.var(0)) / REPEATS)
    z = (fast.mean(0) - slow.mean(0)) / jnp.maximum(error, 1e-9)
    assert jnp.abs(z).max() < 4.5


def test_through_front__local_noise_has_the_covariance_of_the_dense_path(case, key):
    attribution = SmoothGrad(METHODS["saliency"].function, draws=1, sigma=0.7)
    pieces, baseline = _pieces(case.front, case), jnp.asarray(case.baseline[0])
    fast, slow = (np.cov(a.T) for a in _both(attribution, pieces, baseline, key))
    assert np.linalg.norm(fast - slow) < 0.2 * np.linalg.norm(slow)


@pytest.mark.parametrize("variants", [5, 40])
def test_noise_law__where_variants_are_few_or_many(variants, make_front):
    kernel = make_front(variants=variants).kernel[0]
    law = noise_law(kernel)
    np.testing.assert_allclose(law.root @ law.root.T, kernel.T @ kernel, atol=1e-5)
    rank = np.linalg.matrix_rank(np.asarray(kernel))
    np.testing.assert_allclose(law.leverage.sum(), rank, rtol=1e-3)
    assert law.leverage.min() >= 0
    assert law.leverage.max() <= 1


def test_noise_law__of_a_dead_kernel_is_no_noise():
    law = noise_law(jnp.zeros((6, 3)))
    assert all(np.array_equal(a, np.zeros_like(a)) for a in law)


def test_through_front__where_variants_are_fewer_than_units(case, key, make_front):
    front = make_front(variants=5)
    kernel, bias, head, _ = _pieces(front, case)
    x, baseline = jnp.array([0.0, 1, 2, 2, 1]), jnp.full(5, 0.5)
    attribution = SmoothGrad(TimesInput(METHODS["deeplift"].function), 3, 0.7)
    # With V < H the activations know the noise, so draws keep all its variance.
    fast, slow = _both(attribution, (kernel, bias, head, x), baseline, key)
    ratio = fast.var(0).sum() / slow.var(0).sum()
    assert 0.8 < ratio < 1.2


def test_through_front__raises_on_another_order(case, key):
    nested = TimesInput(SmoothGrad(METHODS["saliency"].function))
    kernel, bias, head, x = _pieces(case.front, case)
    with pytest.raises(ValueError, match="expected SmoothGrad"):
        through_front(nested, kernel, bias, head, x, baseline=x, key=key)
