import numpy as np
import pandas as pd
import pytest

from gxjax.association.complete_cases import complete_cases

Y = np.array([1.0, 2.0, np.nan, 5.0, 4.0, 7.0, 3.0, 8.0])
A = np.array([0.0, 1.0, 5.0, np.nan, 2.0, 4.0, 9.0, 3.0])


def test_complete_cases__leaves_out_who_lacks_a_value():
    found = complete_cases(Y, pd.DataFrame({"a": A}))
    assert list(found.people) == [0, 1, 4, 5, 6, 7]
    assert list(found.phenotype) == [1, 2, 4, 7, 3, 8]
    np.testing.assert_array_equal(found.design[:, 0], 1)
    np.testing.assert_allclose(found.design[:, 1].mean(), 0, atol=1e-15)
    np.testing.assert_allclose(np.corrcoef(found.design[:, 1], A[found.people]), 1)


def test_complete_cases__people_and_constant_covariates():
    table = pd.DataFrame({"a": A, "site": 3.0})
    found = complete_cases(Y, table, people=np.array([6, 1, 4, 3, 5, 7]))
    assert list(found.people) == [1, 4, 5, 6, 7]
    assert found.design.shape == (5, 2)


def test_complete_cases__very_small_covariates():
    small = complete_cases(Y, pd.DataFrame({"a": 1e-200 * A})).design
    plain = complete_cases(Y, pd.DataFrame({"a": A})).design
    np.testing.assert_allclose(small, plain, rtol=1e-12)


@pytest.mark.parametrize(
    ("y", "columns", "message"),
    [
        (Y, {"a": A[:5]}, "5 rows; expected 8"),
        (np.where(Y == 7, np.inf, Y), {"a": A}, "infinite"),
        (np.where(Y < 8, np.nan, Y), {"a": A}, "1 people have all of them"),
        (Y, {"a": A, "site": np.nan}, "0 people .*'site' is missing for 8 of 8"),
        (np.where(Y < 8, np.nan, Y), {"a": A}, "the phenotype is missing for 7 of 8"),
        (np.ones(8), {}, "1 for all 8 people"),
        (
            1e200 * Y,
            {"a": A},
            r"from 1e\+200 to 8e\+200; expected nothing beyond 1e\+30",
        ),
        (1e-200 * Y, {}, "differ by 7e-200 at most.*other units"),
        (Y, {"a": A, "b": -1e200 * A**2}, "'b': a value of 8.1e.201; expected noth"),
        (Y, {"a": A, "b": 2 * A}, "'a' and 'b' have correlation"),
        (Y, {"a": A, "b": A**2, "c": A - A**2 / 10}, "determine each other"),
    ],
)
def test_complete_cases__raises(y, columns, message):
    table = pd.DataFrame(columns) if columns else None
    with pytest.raises(ValueError, match=message):
        complete_cases(y, table)
