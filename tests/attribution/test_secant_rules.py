import jax.numpy as jnp
import numpy as np
import pytest
from jax import lax

from gxjax.attribution import UnknownPrimitiveError, register_rule, secant, secant_rules


@pytest.fixture
def restored():
    rules, names = dict(secant_rules.RULES), set(secant_rules.ELEMENTWISE)
    yield
    secant_rules.RULES.clear()
    secant_rules.RULES.update(rules)
    secant_rules.ELEMENTWISE.clear()
    secant_rules.ELEMENTWISE.update(names)


@pytest.mark.usefixtures("restored")
def test_register_rule__adds_an_elementwise_primitive():
    x, baseline = jnp.array([0.5, 2.0]), jnp.array([1.0, 1.5])
    secant_rules.ELEMENTWISE.discard("bessel_i0e")
    with pytest.raises(UnknownPrimitiveError, match="bessel_i0e"):
        secant(lax.bessel_i0e, x, baseline)[2](x)
    register_rule("bessel_i0e", "elementwise")
    y, y0, slopes = secant(lax.bessel_i0e, x, baseline)
    np.testing.assert_allclose(slopes(x - baseline), y - y0, rtol=1e-5)


@pytest.mark.usefixtures("restored")
def test_register_rule__adds_a_function():
    def equal_shares(bind, operands, outputs):
        [(value, reference)], [pair] = outputs, operands
        share = (value - reference) / (pair.value - pair.reference) / pair.value.size
        return [(share * pair.tangent).sum()]

    register_rule("reduce_prod", equal_shares)
    x, baseline = jnp.array([2.0, 3.0]), jnp.array([1.0, 1.0])
    slopes = secant(jnp.prod, x, baseline)[2]
    assert slopes(jnp.array([1.0, 0.0])) == 2.5
    assert slopes(jnp.array([0.0, 2.0])) == 2.5


def test_register_rule__raises_on_a_known_primitive():
    with pytest.raises(ValueError, match="'tanh' has a rule"):
        register_rule("tanh", "elementwise")


def test_register_rule__raises_on_another_word():
    with pytest.raises(ValueError, match="expected 'elementwise'"):
        register_rule("something_new", "linear")
