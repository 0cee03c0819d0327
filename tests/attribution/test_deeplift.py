import jax
import jax.numpy as jnp
import numpy as np

from gxjax.attribution import OverBaselines, TimesInput, deeplift, through_front


def test_deeplift__over_many_baselines_is_the_mean_over_them(case, key):
    """DeepLiftSHAP, dense and through the front."""
    network, x = case.front, case.dosages.arrays[case.people[0]]
    kernel, bias = network.kernel[0], network.bias[0]
    tail = jax.tree.map(lambda a: a[0], network.tail)
    rows = jnp.asarray(np.random.default_rng(4).uniform(0, 2, (3, 40)), jnp.float32)

    def head(h):
        return network.head(tail, h)

    def f(a):
        return head(a @ kernel + bias)

    shap = OverBaselines(TimesInput(deeplift))
    one = jax.jit(lambda b: deeplift(f, x, baseline=b, key=key) * (x - b))
    each = [one(row) for row in rows]
    expected = jnp.stack(each).mean(0)
    assert jnp.abs(each[0] - expected).max() > 0.01
    dense = jax.jit(lambda b: shap(f, x, baseline=b, key=key))
    front = jax.jit(
        lambda b: through_front(shap, kernel, bias, head, x, baseline=b, key=key)
    )
    for found in (dense(rows), front(rows)):
        np.testing.assert_allclose(found, expected, atol=1e-5)
    change = jax.jit(lambda b: f(x) - jax.vmap(f)(b).mean())(rows)
    np.testing.assert_allclose(expected.sum(), change, atol=1e-5)
