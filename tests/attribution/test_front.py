from functools import cache, partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from gxjax.attribution import (
    METHODS,
    OverBaselines,
    SmoothGrad,
    TimesInput,
    integrated_gradients,
    through_front,
)
from gxjax.attribution.front import noise_law

REPEATS, PARTS = 4000, 20


@partial(jax.jit, static_argnames=("attributions", "head"))
def _compiled(attributions, head, pieces, x, baseline, keys):
    kernel, bias, tail = pieces
    run = partial(head, tail)
    ends = {"baseline": baseline}

    def both(k):
        f = lambda a: run(a @ kernel + bias)  # noqa: E731
        return [
            (
                through_front(a, kernel, bias, run, x, **ends, key=k),
                a(f, x, **ends, key=k),
            )
            for a in attributions
        ]

    return jax.lax.map(both, keys, batch_size=1000)


def _both(front, x, baseline, key, *attributions):
    """By the front and densely, for many keys; pairs of [REPEATS, V]."""
    pieces = jax.tree.map(lambda a: a[0], (front.kernel, front.bias, front.tail))
    keys = jax.random.split(key, REPEATS)
    found = _compiled(attributions, front.head, pieces, x, baseline, keys)
    return jax.tree.map(lambda a: np.asarray(a, np.float64), found)


def _person(case):
    return case.dosages.arrays[case.people[0]]


def _assert_same_mean(fast, slow):
    error = np.sqrt((fast.var(0) + slow.var(0)) / len(fast))
    z = (fast.mean(0) - slow.mean(0)) / np.maximum(error, 1e-9)
    assert np.abs(z).max() < 4.5
    assert np.sqrt((z**2).mean()) < 1.5


def _ratio_of_errors(fast, slow, truth):
    """Of mean squared errors summed over variants, and its standard error.

    The standard error is a jackknife over parts of the repeats.
    """
    errors = [((a - truth[None]) ** 2).sum(1) for a in (fast, slow)]

    def ratio(kept):
        return errors[0][kept].mean() / errors[1][kept].mean()

    part = np.arange(len(fast)) % PARTS
    without = np.array([ratio(part != number) for number in range(PARTS)])
    return ratio(part >= 0), np.sqrt((PARTS - 1) * without.var())


@cache
def _settings(name, times_input):
    """SmoothGrad and its square; few steps, which both paths share, are as good."""
    few_steps = partial(integrated_gradients, steps=6)
    method = few_steps if "integrated" in name else METHODS[name].function
    inner = TimesInput(method) if times_input else method
    return tuple(SmoothGrad(inner, 2, 0.7, s) for s in ("mean", "mean_square"))


DRAWN = [(n, m.times_input) for n, m in sorted(METHODS.items()) if m.parts is None]


@pytest.mark.parametrize(("name", "times_input"), [*DRAWN, ("deeplift", False)])
def test_through_front__is_as_accurate_as_the_dense_path(name, times_input, case, key):
    """At equal draws, of every statistic; the dense law is captum's NoiseTunnel.

    Given the noise of the activations, times-input takes an expectation where the dense
    path draws: a ratio of errors below 1 by more than its sampling error. A local
    attribution is of the same law on both paths: a ratio of 1 within that error.
    """
    baseline = jnp.asarray(case.baseline[0])
    attributions = _settings(name, times_input)
    means, squares = _both(case.front, _person(case), baseline, key, *attributions)
    for fast, slow in (means, squares):
        _assert_same_mean(fast, slow)
    mean, square = (np.concatenate(pair).mean(0) for pair in (means, squares))
    roots = [np.sqrt(a) for a in squares]
    spreads = [np.maximum(s - m**2, 0) for m, s in zip(means, squares, strict=True)]
    truths = mean, square, np.sqrt(square), square - mean**2
    pairs = zip((means, squares, roots, spreads), truths, strict=True)
    for (fast, slow), truth in pairs:
        ratio, error = _ratio_of_errors(fast, slow, truth)
        assert error < 0.06  # else the test would see nothing
        if times_input:
            assert ratio + 4 * error < 1
        else:
            assert abs(ratio - 1) < 4 * error


def test_through_front__over_several_baselines(case, key):
    baseline = jnp.asarray(np.random.default_rng(4).uniform(0, 2, (3, 40)), jnp.float32)
    inner = OverBaselines(TimesInput(METHODS["gradient_shap"].one_draw), draws=4)
    attribution = SmoothGrad(inner, draws=2, sigma=0.5, statistic="mean_square")
    [(fast, slow)] = _both(case.front, _person(case), baseline, key, attribution)
    _assert_same_mean(fast, slow)
    ratio, error = _ratio_of_errors(fast, slow, slow.mean(0))
    assert ratio + 4 * error < 1


def test_through_front__local_noise_has_the_covariance_of_the_dense_path(case, key):
    ends = _person(case), jnp.asarray(case.baseline[0])
    [(fast, slow), _] = _both(case.front, *ends, key, *_settings("saliency", False))
    fast, slow = np.cov(fast.T), np.cov(slow.T)
    assert np.linalg.norm(fast - slow) < 0.1 * np.linalg.norm(slow)


@pytest.mark.parametrize("variants", [5, 40])
def test_noise_law__where_variants_are_few_or_many(variants):
    kernel = np.random.default_rng(6).normal(size=(variants, 12)).astype(np.float32)
    kernel[variants // 2] = 0
    law = jax.tree.map(np.asarray, jax.jit(noise_law)(kernel))
    np.testing.assert_allclose(law.root @ law.root.T, kernel.T @ kernel, atol=1e-4)
    rank = np.linalg.matrix_rank(kernel)
    np.testing.assert_allclose(law.leverage.sum(), rank, rtol=1e-3)
    assert law.leverage.min() >= 0
    assert law.leverage.max() <= 1


def test_noise_law__of_a_dead_kernel_is_no_noise():
    law = jax.jit(noise_law)(jnp.zeros((6, 3)))
    assert all(np.array_equal(a, np.zeros_like(a)) for a in law)


def test_through_front__where_variants_are_fewer_than_units(case, key):
    front = case.front._replace(kernel=case.front.kernel[:, :5])
    x, baseline = jnp.array([0.0, 1, 2, 2, 1]), jnp.full(5, 0.5)
    attribution = SmoothGrad(TimesInput(METHODS["deeplift"].function), 3, 0.7)
    # With V < H the activations know the noise, so draws keep all its variance.
    [(fast, slow)] = _both(front, x, baseline, key, attribution)
    ratio, error = _ratio_of_errors(fast, slow, slow.mean(0))
    assert abs(ratio - 1) < 4 * error + 0.01


def test_through_front__raises_on_another_order(case, key):
    nested, front = TimesInput(SmoothGrad(METHODS["saliency"].function)), case.front
    x = _person(case)
    ends = {"baseline": x, "key": key}
    with pytest.raises(ValueError, match="expected SmoothGrad"):
        through_front(nested, front.kernel[0], front.bias[0], front.head, x, **ends)


def test_through_front__raises_on_a_method_with_parts(key):
    kernel, x = jnp.ones((5, 3)), jnp.ones(5)
    method = TimesInput(METHODS["reveal_cancel"].function)
    with pytest.raises(ValueError, match="reveal_cancel needs more of the first layer"):
        through_front(method, kernel, jnp.zeros(3), jnp.sum, x, baseline=0 * x, key=key)
