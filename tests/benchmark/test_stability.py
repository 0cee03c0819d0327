"""Relative standard deviations by hand."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from gxjax.benchmark import relative_standard_deviation, stability_table


def test_relative_standard_deviation__divides_by_the_mean():
    values = np.array([[1.0, 2.0, 0.0], [3.0, 2.0, 0.0]], np.float32)
    # sd of 1, 3 with ddof 1 is sqrt(2), mean 2.
    assert_allclose(relative_standard_deviation(values), [np.sqrt(2) / 2, 0, np.nan])


def test_stability_table__summarises_over_variants():
    # Members 1 - d and 1 + d: RSD is d sqrt(2).
    d = np.array([0.0, 0.1, 0.2, 0.3, 0.8])
    values = np.stack([1 - d, 1 + d])
    values = np.concatenate([values, np.zeros((2, 1))], axis=1)[None]
    row = stability_table(values, (("saliency", "none"),)).iloc[0]
    root = np.sqrt(2)
    found = row[["mean", "median", "mad", "mad_normal", "q25", "q75", "iqr"]]
    expected = [0.28, 0.2, 0.1, 0.14826, 0.1, 0.3, 0.2]
    assert_allclose(found.astype(float) / root, expected)
    assert_allclose([row.p10 / root, row.p90 / root], [0.04, 0.6])
    assert (row.excluded, row.variants) == (1, 6)


def test_stability_table__is_nan_with_one_member():
    row = stability_table(np.ones((1, 1, 4)), (("a", "none"),)).iloc[0]
    assert np.isnan(row["median"])
    assert np.isnan(row["mad"])
    assert (row.excluded, row.variants) == (4, 4)


def test_stability_table__raises_on_shape():
    with pytest.raises(ValueError, match="values: shape"):
        stability_table(np.ones((2, 3, 4)), (("a", "none"),))
