from fractions import Fraction
from math import comb, factorial

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gxjax.cohort import hardy_weinberg_x
from gxjax.cohort.hardy_weinberg import exact_test
from gxjax.cohort.hardy_weinberg_x import exact_test_x


def enumerate_p(females, males):
    """The definition, in exact fractions."""
    women, men = sum(females), sum(males)
    copies = females[1] + 2 * females[2] + males[1]

    def probability(male, het):
        homozygous = (copies - male - het) // 2
        parts = factorial(homozygous) * factorial(het)
        parts *= factorial(women - homozygous - het)
        ways = Fraction(factorial(women) * 2**het, parts) * comb(men, male)
        return ways / comb(2 * women + men, copies)

    observed = probability(males[1], females[1])
    total = Fraction(0)
    for male in range(max(0, copies - 2 * women), min(men, copies) + 1):
        left = copies - male
        for het in range(left % 2, min(left, 2 * women - left) + 1, 2):
            p = probability(male, het)
            total += p if p <= observed else 0
    return float(total)


@pytest.mark.parametrize(
    ("females", "males", "expected"),
    [
        ((0, 0, 0), (0, 0), 1.0),
        ((0, 0, 0), (7, 2), 1.0),
        # One woman, one man, one copy: hers 2/3, his 1/3.
        ((1, 0, 0), (0, 1), 1 / 3),
        ((0, 1, 0), (1, 0), 1.0),
    ],
)
def test_exact_test_x__known(females, males, expected):
    found = exact_test_x(np.array([females]), np.array([males]))[0]
    np.testing.assert_allclose(found, expected, rtol=1e-12)


@given(st.tuples(*[st.integers(0, 25)] * 3), st.tuples(*[st.integers(0, 30)] * 2))
def test_exact_test_x__equals_enumeration(females, males):
    both = np.array([females, females[::-1]]), np.array([males, males[::-1]])
    expected = enumerate_p(females, males)
    np.testing.assert_allclose(exact_test_x(*both), expected, rtol=1e-9)


def test_exact_test_x__without_males_is_the_test_of_females():
    females = np.random.default_rng(0).integers(0, 300, (50, 3))
    found = exact_test_x(females, np.zeros((50, 2), int))
    np.testing.assert_allclose(found, exact_test(females), rtol=1e-9)


def test_exact_test_x__far_tail_and_blocks(monkeypatch):
    females, males = np.array([[100, 20, 80], [90, 80, 30]]), np.array([[10, 90]] * 2)
    pairs = zip(females.tolist(), males.tolist(), strict=True)
    expected = [enumerate_p(*pair) for pair in pairs]
    assert 0 < expected[0] < 1e-30
    np.testing.assert_allclose(exact_test_x(females, males), expected, rtol=1e-9)
    monkeypatch.setattr(hardy_weinberg_x, "_ROWS", 7)
    np.testing.assert_allclose(exact_test_x(females, males), expected, rtol=1e-9)


def test_exact_test_x__underflows_to_zero_in_silence():
    found = exact_test_x(np.array([[3000, 0, 3000]]), np.array([[5000, 5]]))
    assert found[0] == 0


@pytest.mark.parametrize("enough", [0, 1e-6, 0.01, 0.2, 1])
def test_exact_test_x__decides_as_the_whole_p(enough):
    generator = np.random.default_rng(1)
    females, males = (
        generator.integers(0, 12, (300, 3)),
        generator.integers(0, 9, (300, 2)),
    )
    whole, found = exact_test_x(females, males), exact_test_x(females, males, enough)
    np.testing.assert_array_equal(found >= enough, whole >= enough)
    assert (found <= whole * (1 + 1e-9)).all()


def test_exact_test_x__no_variants():
    assert exact_test_x(np.zeros((0, 3), int), np.zeros((0, 2), int)).shape == (0,)


def test_exact_test_x__uniform_or_above_under_the_null():
    generator = np.random.default_rng(0)
    p = generator.uniform(0.1, 0.5, 1000)
    shares = np.stack([p**2, 2 * p * (1 - p), (1 - p) ** 2], axis=1)
    females = generator.multinomial(500, shares)
    males = generator.multinomial(500, np.stack([p, 1 - p], axis=1))
    rate = (exact_test_x(females, males) < 0.05).mean()
    assert 0.03 < rate < 0.07
