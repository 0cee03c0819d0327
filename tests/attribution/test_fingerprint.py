"""A score's fingerprint depends on what is computed, not on how it came to be."""

import jax
import jax.numpy as jnp

from gxjax.attribution.fingerprint import digest_of_program


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
