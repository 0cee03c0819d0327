import jax
import jax.numpy as jnp
import numpy as np
import pytest

from gxjax.attribution import METHODS, OverBaselines, SmoothGrad, TimesInput
from gxjax.attribution.noise import compose, split


def _square(x):
    return (x**2).sum()


SALIENCY = METHODS["saliency"].function


def test_times_input__multiplies_by_the_difference(key):
    x, baseline = jnp.array([1.0, 3.0]), jnp.array([0.0, 1.0])
    found = TimesInput(SALIENCY)(_square, x, baseline=baseline, key=key)
    np.testing.assert_allclose(found, [2, 12])


def test_over_baselines__is_the_mean_over_rows(key):
    rows = jnp.array([[0.0, 0.0], [1.0, 2.0]])
    wrapped = OverBaselines(TimesInput(SALIENCY))
    found = wrapped(_square, jnp.array([1.0, 3.0]), baseline=rows, key=key)
    np.testing.assert_allclose(found, [1, 12])


def test_over_baselines__draws_with_replacement(key):
    rows, keys = OverBaselines(SALIENCY, draws=200).rows(3, key)
    assert set(np.asarray(rows)) == {0, 1, 2}
    assert len(np.unique(jax.random.key_data(keys), axis=0)) == 200


@pytest.mark.parametrize(
    "statistic", ["mean", "mean_square", "root_mean_square", "variance"]
)
def test_smoothgrad__of_a_square_has_known_moments(statistic, key):
    x = jnp.array([1.0, -2.0])
    wrapped = SmoothGrad(TimesInput(SALIENCY), 20_000, sigma=0.5, statistic=statistic)
    found = wrapped(_square, x, baseline=x * 0, key=key)
    # 2 (x + eps)^2: mean 2 (x^2 + s^2), mean square 4 (x^4 + 6 x^2 s^2 + 3 s^4).
    mean, square = 2 * (x**2 + 0.25), 4 * (x**4 + 1.5 * x**2 + 3 / 16)
    expected = {
        "mean": mean,
        "mean_square": square,
        "root_mean_square": jnp.sqrt(square),
        "variance": square - mean**2,
    }
    np.testing.assert_allclose(found, expected[statistic], rtol=0.04)


def test_smoothgrad__without_noise_is_the_method(key):
    x = jnp.array([1.0, -2.0])
    found = SmoothGrad(SALIENCY, sigma=0.0)(_square, x, baseline=x, key=key)
    np.testing.assert_allclose(found, 2 * x)


@pytest.mark.parametrize(
    "wrong", [{"statistic": "median"}, {"draws": 0}, {"sigma": -1.0}]
)
def test_smoothgrad__raises_on_settings(wrong):
    with pytest.raises(ValueError, match="expected one of mean, mean_square"):
        SmoothGrad(SALIENCY, **wrong)


def test_compose__can_be_taken_apart():
    made = compose(METHODS["deeplift"], "smoothgrad_squared", baselines=1, sigma=0.3)
    parts = split(made)
    assert (parts.noise.statistic, parts.noise.sigma) == ("mean_square", 0.3)
    assert parts.times_input
    assert parts.method is METHODS["deeplift"].function


def test_compose__keeps_saliency_local():
    assert not split(compose(METHODS["saliency"], "none", baselines=1)).times_input


def test_compose__lets_gradient_shap_draw_its_baselines():
    method = METHODS["gradient_shap"]
    assert split(compose(method, "none", baselines=1)).over.draws is None
    parts = split(compose(method, "none", baselines=4))
    assert (parts.over.draws, parts.method) == (5, method.one_draw)
