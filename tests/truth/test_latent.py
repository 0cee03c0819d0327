"""Cuts, attenuation and calibration on small cases and against sampling."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from gxjax.truth import latent


def test_cut__gives_classes_by_rank_with_the_counts():
    codes = latent.cut(np.array([0.3, -1.0, 2.0, 0.1, 1.0]), np.array([2, 2, 1]))
    assert_array_equal(codes, [1, 0, 2, 0, 1])


def test_cut__allows_empty_classes():
    values = np.array([3.0, 1.0, 2.0])
    assert_array_equal(latent.cut(values, np.array([3, 0, 0])), [0, 0, 0])
    assert_array_equal(latent.cut(values, np.array([0, 3, 0])), [1, 1, 1])
    assert_array_equal(latent.cut(values, np.array([2, 0, 1])), [2, 0, 0])


def test_attenuation__median_cut_is_two_over_pi():
    assert_allclose(latent.attenuation(np.array([50, 50])), np.sqrt(2 / np.pi))


@pytest.mark.parametrize("counts", [(640, 320, 40), (950, 50), (810, 0, 190)])
def test_attenuation__equals_sampled_correlation(counts):
    counts = 200 * np.array(counts)
    z = np.random.default_rng(0).standard_normal(counts.sum())
    sampled = np.corrcoef(z, latent.cut(z, counts))[0, 1]
    assert_allclose(latent.attenuation(counts), sampled, atol=0.005)


def test_attenuation__is_zero_for_one_class():
    assert latent.attenuation(np.array([10, 0, 0])) == 0


def test_correlation__equals_numpy():
    y = np.array([-1.0, 1.0, -1.0, 1.0])
    x = np.array([0, 1, 1, 2], np.uint8)
    assert_allclose(latent.correlation(y, x), np.corrcoef(y, x)[0, 1])
    assert latent.correlation(y, np.ones(4)) == 0


def test_draw_counts__keeps_a1_the_minor_allele():
    generator = np.random.default_rng(0)
    drawn = np.array([latent.draw_counts(generator, 50, 0.5) for _ in range(200)])
    assert (drawn.sum(1) == 50).all()
    assert (drawn[:, 1] + 2 * drawn[:, 2] <= 50).all()


def test_tolerance__is_published_in_large_cohorts_and_grows_in_small_ones():
    assert latent.tolerance(320_000, 0.06) == 0.004
    assert_allclose(latent.tolerance(1000, 0.1), 0.02)


@pytest.mark.parametrize("target", [-0.2, 0.2])
def test_calibrate__meets_both_signs(target):
    generator = np.random.default_rng(0)
    y, e = generator.standard_normal((2, 4000))
    y = (y - y.mean()) / y.std()

    def codes_at(s):
        return latent.cut(s * y + np.sqrt(1 - s**2) * e, np.array([3000, 1000]))

    codes, achieved = latent.calibrate(
        codes_at, lambda codes: latent.correlation(y, codes), target
    )
    assert abs(achieved - target) < 0.0021
    assert_allclose(np.corrcoef(y, codes)[0, 1], achieved)


def test_feasible_target__lowers_what_can_not_be_attained():
    y = np.tile([-1.0, 1.0], 500)
    e = np.random.default_rng(0).standard_normal(1000)

    def codes_at(s):
        return latent.cut(s * y + np.sqrt(1 - s**2) * e, np.array([995, 5]))

    def measure(codes):
        return latent.correlation(y, codes)

    # All five among the cases: cov 0.005, sd sqrt(0.005 x 0.995).
    attainable = 0.005 / np.sqrt(0.005 * 0.995)
    lowered = latent.feasible_target(codes_at, measure, -0.5)
    assert_allclose(lowered, -0.8 * attainable)
    assert latent.feasible_target(codes_at, measure, 0.01) == 0.01
