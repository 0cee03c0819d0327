import jax
import jax.numpy as jnp
import numpy as np
import pytest

from gxjax.attribution import METHODS, OverBaselines, TimesInput, gradient_shap

X = jnp.array([2.0, 1.0, 0.5])


def _cubic(x):
    return (x**3).sum() + x[0] * x[1]


def test_gradient_shap__averages_its_draws(key):
    one = lambda k: gradient_shap(_cubic, X, baseline=X * 0, key=k, draws=1)  # noqa: E731
    keys = jax.random.split(key, 4000)
    single = jax.jit(jax.vmap(one))(keys)
    # The mean of 3 (a x)^2 over a is x^2; the product shares its effect equally.
    expected = X**2 + jnp.array([0.5, 1.0, 0.0])
    np.testing.assert_allclose(single.mean(0), expected, rtol=0.05)
    many = gradient_shap(_cubic, X, baseline=X * 0, key=key, draws=4000)
    np.testing.assert_allclose(many, expected, rtol=0.05)
    assert single[:, 0].std() > 0.5


@pytest.mark.parametrize("count", [1, 3])
def test_gradient_shap__draws_from_a_distribution_of_baselines(count, key):
    """Expected gradients: x - x' is of the row that was drawn, not of their mean."""
    rows = jnp.array([[0.0, 0, 0], [2, 2, 2], [1, 0, 2]])[:count]
    attribution = OverBaselines(TimesInput(METHODS["gradient_shap"].one_draw), draws=1)
    keys = jax.random.split(key, 6000)
    run = jax.jit(
        jax.vmap(lambda k: attribution(lambda a: a @ X, X, baseline=rows, key=k))
    )
    found = run(keys)
    np.testing.assert_allclose(
        found.mean(0), (X[None] * (X[None] - rows)).mean(0), atol=0.06
    )
    assert len(np.unique(np.asarray(found), axis=0)) == count
