import chex
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from gxjax.cohort.encoding import concatenate, dosages, encode, fit_encoding, modes
from gxjax.genotypes.dosage_sums import sums_of
from gxjax.genotypes.packed import byte_codes

# Four variants: ordinary, monomorphic, never called, heterozygotes only.
COUNTS = np.array([[2, 1, 1, 4], [5, 0, 0, 3], [0, 0, 0, 8], [0, 8, 0, 0]])


def test_fit_encoding__hand_computed():
    encoding = fit_encoding(COUNTS)
    np.testing.assert_allclose(encoding.mean, [0.75, 0, 0, 1])
    # p = 0.375: 2 p (1 - p) = 0.46875
    np.testing.assert_allclose(encoding.scale, [0.46875**-0.5, 0, 0, 0], rtol=1e-6)
    assert all(part.dtype == np.float32 for part in encoding)


@pytest.mark.parametrize(
    ("impute", "expected"),
    [("mean", [0.75, 0, 0, 1]), ("mode", [0, 0, 0, 1]), ("zero", [0, 0, 0, 0])],
)
def test_fit_encoding__fill(impute, expected):
    np.testing.assert_allclose(fit_encoding(COUNTS, impute).fill, expected)


def test_fit_encoding__raises_on_unknown_impute():
    with pytest.raises(ValueError, match=r"impute is 'median'.*'mode'"):
        fit_encoding(COUNTS, "median")


def test_fit_encoding__variance_floor():
    counts = np.array([[10_000_000, 1, 0, 0]])
    np.testing.assert_allclose(fit_encoding(counts).scale, [1000], rtol=1e-6)


def test_modes__smaller_of_equals():
    np.testing.assert_array_equal(modes(np.array([[3, 3, 1, 9], [0, 1, 2, 0]])), [0, 2])


def test_encode__hand_computed():
    encoding = fit_encoding(COUNTS, "mode")
    codes = np.array([[2, 1, 3, 2], [3, 0, 0, 1]], np.uint8)
    scale = 0.46875**-0.5
    expected = [[1.25 * scale, 0, 0, 0], [-0.75 * scale, 0, 0, 0]]
    np.testing.assert_allclose(encode(codes, encoding), expected, rtol=1e-6)


def test_encode__mean_fill_encodes_to_zero():
    encoding = fit_encoding(COUNTS)
    codes = np.full((1, 4), 3, np.uint8)
    np.testing.assert_array_equal(encode(codes, encoding), np.zeros((1, 4)))


def test_encode__jits_once_and_casts():
    @jax.jit
    @chex.assert_max_traces(n=1)
    def run(codes, encoding):
        return encode(codes, encoding, jnp.bfloat16)

    encoding = fit_encoding(COUNTS)
    for code in (0, 3):
        output = run(jnp.full((2, 4), code, jnp.uint8), encoding)
    assert output.dtype == jnp.bfloat16


def test_dosages__fills_missing_only():
    codes = np.array([[0, 1, 2, 3]], np.uint8)
    filled = dosages(codes, np.full(4, 0.5, np.float32))
    np.testing.assert_array_equal(filled, [[0, 1, 2, 0.5]])
    assert filled.dtype == jnp.float32


def test_concatenate__equals_one_fit():
    joined = concatenate([fit_encoding(COUNTS[:1]), fit_encoding(COUNTS[1:])])
    for part, whole in zip(joined, fit_encoding(COUNTS), strict=True):
        np.testing.assert_array_equal(part, whole)


def test_fit_encoding__of_dosages_takes_frequency_and_variation_from_them():
    codes = np.array([[64, 0, 127], [64, 1, 0], [255, 255, 254]], np.uint8)
    counts = np.array([[0, 0, 0, 3], [2, 0, 0, 1], [1, 1, 1, 0]])
    encoding = fit_encoding(counts, "mode", sums_of(codes, 0))
    mean = np.array([64 / 127, 0.5 / 127, 1])
    np.testing.assert_allclose(encoding.mean, mean, rtol=1e-6)
    assert encoding.scale[0] == 0
    np.testing.assert_allclose(
        encoding.scale[1:], (mean * (1 - mean / 2))[1:] ** -0.5, rtol=1e-6
    )
    np.testing.assert_array_equal(encoding.fill, modes(counts))


def test_dosages__of_eight_bits_are_those_of_hard_calls():
    calls, fill = np.array([[0, 1, 2, 3]], np.uint8), np.full(4, 0.5, np.float32)
    found = dosages(byte_codes(calls), fill, 8)
    np.testing.assert_array_equal(found, dosages(calls, fill))
    np.testing.assert_allclose(
        dosages(np.array([[1, 64, 254, 255]], np.uint8), fill, 8),
        [[1 / 127, 64 / 127, 2, 0.5]],
    )
