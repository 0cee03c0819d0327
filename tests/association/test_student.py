import numpy as np
import pytest
from scipy.stats import norm, t

from gxjax.association.student import _far, log10_two_sided


@pytest.mark.parametrize(
    ("statistic", "freedom"), [(0.0, 5), (-2.5, 8), (30.0, 3e5), (40.0, 100)]
)
def test_log10_two_sided__equals_scipy(statistic, freedom):
    expected = np.log10(2 * t.sf(abs(statistic), freedom))
    found = log10_two_sided(np.array([statistic]), np.array([float(freedom)]))
    np.testing.assert_allclose(found, expected, rtol=1e-12)


@pytest.mark.parametrize(
    ("statistic", "freedom"), [(30.0, 3e5), (35.5, 3e5), (35.0, 8e3), (1e7, 50)]
)
def test_far__meets_scipy_where_both_hold(statistic, freedom):
    expected = np.log10(2 * t.sf(statistic, freedom))
    found = _far(np.array([statistic**2]), np.array([float(freedom)]))
    np.testing.assert_allclose(found, expected, rtol=1e-9)


def test_log10_two_sided__finite_beyond_underflow():
    found = log10_two_sided(np.array([200.0, np.nan]), np.array([1e12, 5.0]))
    expected = (norm.logsf(200) + np.log(2)) / np.log(10)
    np.testing.assert_allclose(found[0], expected, rtol=1e-5)
    assert np.isnan(found[1])
