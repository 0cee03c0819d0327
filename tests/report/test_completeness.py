import numpy as np
import pandas as pd
import pytest

from gxjax.report.completeness import completeness_grid, completeness_quantiles

QUANTILES = ["median", "q90", "q99", "max"]


def deltas(method, *values):
    return pd.DataFrame({"method": method, "noise": "none", "delta": values})


def test_completeness_quantiles__are_of_the_absolute_value_by_method():
    table = pd.concat([deltas("b", *np.linspace(-1, 0, 101)), deltas("a", 3.0, np.nan)])
    found = completeness_quantiles(table)
    assert found["method"].tolist() == ["b", "a"]
    assert found["count"].tolist() == [101, 1]
    expected = [[0.5, 0.9, 0.99, 1.0], [3.0] * 4]
    np.testing.assert_allclose(found[QUANTILES], expected)


@pytest.mark.parametrize("table", [deltas("a"), deltas("a", np.nan)])
def test_completeness_quantiles__of_nothing_are_an_empty_table(table):
    found = completeness_quantiles(table)
    assert found.empty
    assert list(found) == ["method", "noise", "count", *QUANTILES]


def test_completeness_quantiles__raises_without_deltas():
    with pytest.raises(ValueError, match="completeness: no column delta"):
        completeness_quantiles(pd.DataFrame({"method": [], "noise": []}))


def test_completeness_grid__has_a_row_per_method():
    grid = completeness_grid(deltas("deeplift", 1e-7, -0.25))
    ((label, cells),) = grid.rows
    assert label == "DeepLIFT"
    assert [cell.text for cell in cells] == ["0.125", "0.225", "0.248", "0.250", "2"]
