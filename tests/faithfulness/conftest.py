"""Small networks behind a linear front, of dosages or of indicators, and people."""

from functools import cache

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from quick_compilation import quick_compilation

from gxjax.channels import INDICATORS, expand
from gxjax.types import LinearFront

V, H, MEMBERS, PEOPLE = 24, 6, 2, 5


def _head(tail, h):
    return jax.nn.gelu(jnp.tanh(h @ tail["mix"]) + 0.3) @ tail["output"] + tail["bias"]


def _linear(tail, h):
    return h @ tail["output"] + tail["bias"]


@cache
def _front(kind="curved", members=MEMBERS, variants=V):
    """A `LinearFront`, made once, so that its head is one object and compiles once."""
    rng = np.random.default_rng(11)
    channels = INDICATORS if kind == "indicators" else None
    inputs = variants * (3 if channels else 1)
    tail = {
        "output": jnp.asarray(rng.normal(size=(members, H)), jnp.float32),
        "mix": jnp.asarray(rng.normal(size=(members, H, H)), jnp.float32),
        "bias": jnp.asarray(rng.normal(size=members), jnp.float32),
    }
    kernel = rng.normal(size=(members, inputs, H)) / np.sqrt(inputs)
    return LinearFront(
        jnp.asarray(kernel, jnp.float32),
        jnp.asarray(rng.normal(size=(members, H)), jnp.float32),
        _linear if kind == "linear" else _head,
        tail,
        channels,
    )


@pytest.fixture
def make_front():
    """`(kind, members, variants)` with kind "curved", "linear" or "indicators"."""
    return _front


@pytest.fixture
def whole():
    """`(front, member) -> f`, dosages [V] to the output; none of the room's code."""

    def build(front, member):
        tail = jax.tree.map(lambda a: a[member], front.tail)

        @jax.jit
        def f(x):
            x = jnp.asarray(x, jnp.float32)
            inputs = expand(front.channels, x) if front.channels else x
            return front.head(tail, inputs @ front.kernel[member] + front.bias[member])

        return f

    return build


@pytest.fixture
def people():
    """Dosages float32 [5, 24], of which one row is imputed."""
    rng = np.random.default_rng(5)
    dosages = rng.binomial(2, 0.4, (PEOPLE, V)).astype(np.float32)
    dosages[0] = rng.uniform(0, 2, V)
    return dosages


@pytest.fixture
def baseline():
    """float32 [1, 24], mean-like dosages."""
    return np.random.default_rng(6).uniform(0.3, 1.2, (1, V)).astype(np.float32)


@pytest.fixture(autouse=True, scope="module")
def _compiled_quickly():
    """The programs are many and tiny: most of the time would go to optimising them."""
    with quick_compilation():
        yield
