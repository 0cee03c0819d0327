"""Dosages as the channels that a network sees, encoded on TRAIN people."""

import chex
import jax.numpy as jnp
import numpy as np
import pytest

from gxjax.cohort.encoding import encode, fit_encoding
from gxjax.ensemble.network_input import (
    encode_dosages,
    fit_input_encoding,
    inputs_per_variant,
)

COUNTS = np.array(
    [[50, 30, 20, 5], [90, 10, 0, 0], [0, 40, 60, 0], [100, 0, 0, 9], [0, 0, 0, 9]]
)


def test_fit_input_encoding__centres_and_scales_each_channel_on_train():
    plain = fit_encoding(COUNTS)
    encoding = fit_input_encoding("indicators", plain, COUNTS)
    mean, scale = (np.reshape(part, (5, 3)) for part in encoding[:2])
    np.testing.assert_array_equal(mean[:, 0], plain.mean)
    np.testing.assert_array_equal(scale[:, 0], plain.scale)
    np.testing.assert_array_equal(encoding.fill, plain.fill)
    np.testing.assert_allclose(mean[0, 1:], [0.5, 0.2], rtol=1e-6)
    np.testing.assert_allclose(scale[0, 1:], [2, 2.5], rtol=1e-6)
    # No homozygote, no other than carriers, one value, and no call at all.
    assert (scale != 0).tolist() == [
        *([True, True, True], [True, True, False], [True, False, True]),
        *([False] * 3, [False] * 3),
    ]
    assert {part.dtype for part in encoding} == {np.dtype(np.float32)}


def test_fit_input_encoding__gives_columns_of_mean_0_and_variance_1():
    """Of TRAIN calls: every channel but the dosage, whose scale assumes HWE."""
    encoding = fit_input_encoding("indicators", fit_encoding(COUNTS), COUNTS)
    calls = np.repeat([0.0, 1.0, 2.0], COUNTS[0, :3])
    dosages = np.ones((100, 5), np.float32)
    dosages[:, 0] = calls
    inputs = np.asarray(encode_dosages("indicators", dosages, encoding))
    chex.assert_shape(inputs, (100, 15))
    np.testing.assert_allclose(inputs[:, :3].mean(0), 0, atol=1e-6)
    np.testing.assert_allclose(inputs[:, 1:3].var(0), 1, rtol=1e-5)


def test_encode_dosages__of_the_dosage_alone_is_encode():
    encoding = fit_encoding(COUNTS)
    assert fit_input_encoding("dosage", encoding, COUNTS) is encoding
    codes = np.random.default_rng(0).integers(0, 3, (9, 5)).astype(np.uint8)
    expected = encode(codes, encoding, jnp.bfloat16)
    found = encode_dosages("dosage", codes, encoding, jnp.bfloat16)
    np.testing.assert_array_equal(found, expected)


def test_fit_input_encoding__raises_on_counts_of_other_variants():
    with pytest.raises(ValueError, match=r"counts: found shape \(4, 4\)"):
        fit_input_encoding("indicators", fit_encoding(COUNTS), COUNTS[:4])


def test_inputs_per_variant__raises_on_unknown_channels():
    assert [inputs_per_variant(name) for name in ("dosage", "indicators")] == [1, 3]
    with pytest.raises(ValueError, match="channels: found 'three'; expected"):
        inputs_per_variant("three")
