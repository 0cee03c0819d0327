import jax.numpy as jnp
import numpy as np

from gxjax.attribution import TimesInput, input_x_gradient


def test_input_x_gradient__is_the_first_order_term():
    x, baseline = jnp.array([2.0, 1.0]), jnp.array([1.0, 0.0])
    f = lambda a: a[0] ** 2 * a[1]  # noqa: E731
    attribution = TimesInput(input_x_gradient)
    found = attribution(f, x, baseline=jnp.zeros(2), key=None)
    np.testing.assert_allclose(found, [8, 4])
    moved = attribution(f, x, baseline=baseline, key=None)
    np.testing.assert_allclose(moved, [4, 4])
