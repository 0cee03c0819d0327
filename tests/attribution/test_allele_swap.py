"""Which of its two alleles a variant counts is a name: it must change nothing real.

A network that sees 2 - x in place of x, with the row of its first kernel negated and
the bias moved to match, is the same function of a person. Its multipliers there
(effects per copy of the counted allele) change sign; multiplied by x - x', which
changes sign too, they are what they were.
"""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from gxjax.attribution import METHODS, score

SWAPPED = np.zeros(40, bool)
SWAPPED[::3] = True
SIGN = np.where(SWAPPED, -1, 1).astype(np.float32)


def swapped(dosages):
    """The dosages of the same people when these variants count the other allele."""
    return jnp.where(SWAPPED[None], 2 - jnp.asarray(dosages), dosages)


def mirrored(front):
    """The networks that see `swapped` dosages, and give what they gave."""
    moved = front.bias + 2 * front.kernel[:, SWAPPED].sum(axis=1)
    return front._replace(kernel=front.kernel * SIGN[None, :, None], bias=moved)


def network(front):
    tail = jax.tree.map(lambda a: a[0], front.tail)
    return lambda x: front.head(tail, x @ front.kernel[0] + front.bias[0])


@pytest.mark.parametrize("name", sorted(METHODS))
def test_method__changes_sign_where_the_alleles_are_swapped(case, name, key):
    people = jnp.asarray(case.dosages.arrays[:8])
    keys = jax.random.split(key, 8)

    def run(front, people, baseline):
        f = network(front)
        method = partial(METHODS[name].function, f, baseline=baseline[0])
        both = jax.vmap(lambda x, k: (method(x, key=k), f(x)))
        return jax.jit(both)(people, keys)

    expected, outputs = run(case.front, people, jnp.asarray(case.baseline))
    found, same = run(mirrored(case.front), swapped(people), swapped(case.baseline))
    np.testing.assert_allclose(same, outputs, atol=1e-5)
    largest = np.abs(expected).max()
    assert largest > 0.01
    np.testing.assert_allclose(found, expected * SIGN[None], atol=2e-5 * largest)


@pytest.fixture
def other(case):
    """The case with the swapped alleles."""
    dosages = case.dosages._replace(arrays=swapped(case.dosages.arrays))
    baseline = np.asarray(swapped(case.baseline))
    return case._replace(front=mirrored(case.front), dosages=dosages, baseline=baseline)


# Noise behind the front is drawn from W^T W, which the swap leaves as it is. Not so
# RevealCancel's: it needs the noise of every variant, so its draws are others.
COLUMNS = [
    *((name, "none") for name in sorted(METHODS)),
    *((name, "smoothgrad_squared") for name in ("saliency", "integrated_gradients")),
]


@pytest.mark.parametrize("times_input", [False, True])
def test_score__of_swapped_alleles(case, other, key, times_input):
    """The signed mean of local scores changes sign; nothing else changes at all."""
    run = partial(
        score,
        columns=COLUMNS,
        key=key,
        multiply_by_inputs=times_input,
        reductions=("mean_absolute", "mean_signed", "mean_square"),
    )
    before, after = run(*case), run(*other)
    for (reduction, _), values in before.reductions.items():
        found = after.reductions[reduction, "all"]
        for place, (name, noise) in enumerate(COLUMNS):
            local = not (times_input and METHODS[name].times_input)
            turns = local and (reduction, noise) == ("mean_signed", "none")
            expected = values[place] * (SIGN if turns else abs(SIGN))[None]
            allowed = 1e-4 * np.abs(expected).max()
            where = f"{reduction} {name} {noise}"
            np.testing.assert_allclose(
                found[place], expected, atol=allowed, err_msg=where
            )
