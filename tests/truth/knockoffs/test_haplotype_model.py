"""People drawn from a haplotype model have its frequencies and its LD."""

import jax
import numpy as np
import pytest
from numpy.testing import assert_array_equal

from gxjax.truth.knockoffs.haplotype_model import check_model, sample_haplotype_model


def test_sample__has_the_moments_of_the_model(make_model):
    model = make_model(3, 3, firsts=(0, 2))
    codes = sample_haplotype_model(jax.random.key(0), model, 40_000).astype(float)
    first = model.alpha[0] @ model.theta[0]
    second = model.stay[1] * model.alpha[0] + (1 - model.stay[1]) * model.alpha[1]
    third = model.alpha[2] @ model.theta[2]
    means = 2 * np.array([first, second @ model.theta[1], third])
    np.testing.assert_allclose(codes.mean(0), means, atol=0.02)
    both = model.alpha[0] @ (model.theta[0] * model.theta[1]) * model.stay[1]
    both += (1 - model.stay[1]) * first * (model.alpha[1] @ model.theta[1])
    covariance = np.cov(codes.T)
    expected = 2 * (both - means[0] * means[1] / 4)
    np.testing.assert_allclose(covariance[0, 1], expected, atol=0.02)
    assert abs(covariance[1, 2]) < 0.02
    # Hardy-Weinberg: the two haplotypes are independent.
    np.testing.assert_allclose(np.diag(covariance), means * (1 - means / 2), atol=0.02)


def test_sample__of_a_person_does_not_depend_on_how_many_there_are(make_model, key):
    model = make_model(5, 2)
    many = sample_haplotype_model(key, model, 300)
    assert_array_equal(sample_haplotype_model(key, model, 270), many[:270])
    assert (sample_haplotype_model(jax.random.key(1), model, 300) != many).any()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"stay": np.full(4, 0.5, np.float32)}, "first variant"),
        ({"stay": np.zeros(3, np.float32)}, r"stay \(3,\); expected"),
        ({"theta": np.ones((4, 2), np.float32)}, r"theta in \(0, 1\)"),
        ({"alpha": np.ones((4, 2), np.float32)}, "rows that sum to 1"),
    ],
)
def test_check_model__raises_on_what_is_none(make_model, changes, message):
    with pytest.raises(ValueError, match=message):
        check_model(make_model(4, 2)._replace(**changes))


def test_check_model__raises_on_other_variants(make_model):
    with pytest.raises(ValueError, match=r"of 4 variants; the genotypes have 5"):
        check_model(make_model(4, 2), 5)
