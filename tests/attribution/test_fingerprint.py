"""A score's fingerprint depends on what is computed, not on how it came to be."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from gxjax.attribution.fingerprint import checksum, digest_of_program


def program(full: bool = False, power: float = 2.0) -> str:
    """The text of a function that calls another twice; in between, caches may fill."""

    def f(x):
        once = jax.nn.relu(x)
        if full:
            jax.clear_caches()
        return jnp.where(jax.nn.relu(once) > 0, once, x) ** power

    return jax.jit(f).lower(jnp.ones(3)).as_text()


def test_digest_of_program__does_not_depend_on_full_caches():
    """JAX lowers a function again when it forgot it, under another name."""
    assert program() != program(full=True)
    assert digest_of_program(program()) == digest_of_program(program(full=True))


def test_digest_of_program__tells_programs_apart():
    assert digest_of_program(program()) != digest_of_program(program(power=3.0))


def test_digest_of_program__tells_the_bodies_of_called_functions_apart():
    text = program()
    inner = text.index("@relu(", text.index("func.func private @relu"))
    changed = text[:inner] + text[inner:].replace("maximum", "minimum", 1)
    assert changed != text
    assert digest_of_program(changed) != digest_of_program(text)


@pytest.mark.parametrize("dtype", [jnp.bfloat16, jnp.float32])
def test_checksum__of_bits_wherever_they_lie(key, dtype):
    array = jax.random.normal(key, (2, 40, 6), dtype)
    mesh = jax.make_mesh((2, 4), ("member", "variant"))
    layout = jax.NamedSharding(mesh, jax.P("member", "variant"))
    expected = np.asarray(checksum(array))
    np.testing.assert_array_equal(checksum(jax.device_put(array, layout)), expected)
    for changed in (-array, array[::-1], array.at[1, 39, 5].multiply(1.01)):
        assert (np.asarray(checksum(changed)) != expected).all()


def test_checksum__makes_nothing_of_the_size_of_the_array():
    array = jax.ShapeDtypeStruct((4, 5000, 100), jnp.float32)
    plan = checksum.lower(array).compile().memory_analysis()
    assert plan.temp_size_in_bytes < 0.1 * 4 * 5000 * 100 * 4
