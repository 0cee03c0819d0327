"""The composite of two methods, by hand."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

from gxjax.benchmark import composite_table


def _tables(precision=(0.25, -0.5), median=(0.45, 0.9)):
    methods = pd.DataFrame({"method": ["a", "b"], "noise": ["none", "none"]})
    recall = methods.assign(
        effect="all", quantile=0.98, value=0.5, lower=0.25, upper=1.0
    )
    extra = recall.assign(effect="additive", value=0.9)
    gwas = recall.head(1).assign(method="gwas")
    value = np.array(precision)
    return (
        pd.concat([extra, recall, gwas]),
        methods.assign(quantile=0.98, value=value, lower=value, upper=value),
        methods.assign(median=median),
    )


def test_composite_table__is_the_geometric_mean():
    table = composite_table(*_tables())
    assert table.method.tolist() == ["a", "b"]
    assert table["rank"].tolist() == [1, 2]
    a, b = table.iloc[0], table.iloc[1]
    assert_allclose([a.recall, a.precision, a.stability], [0.5, 0.25, 0.5])
    assert_allclose(a.value, (0.5 * 0.25 * 0.5) ** (1 / 3))
    assert_allclose(a.lower, (0.25 * 0.25 * 0.5) ** (1 / 3))
    assert_allclose(a.upper, 0.5)
    assert_allclose(a.arithmetic, 1.25 / 3)
    assert_allclose(a.harmonic, 3 / (2 + 4 + 2))
    # Negative precision counts as 0 but is shown as it is.
    assert_allclose([b.precision, b.value, b.harmonic], [-0.5, 0, 0])
    assert_allclose([b.stability, b.median_rsd, b.tau], [0.25, 0.9, 0.45])


def test_composite_table__relative_tau_is_the_median_over_methods():
    table = composite_table(*_tables(), tau="relative")
    assert_allclose(table.tau, (0.45 + 0.9) / 2)
    assert_allclose(table.stability[0], 2 ** (-0.45 / 0.675))


def test_composite_table__one_member_ranks_last():
    table = composite_table(*_tables((0.25, 0.1), (np.nan, 0.9)))
    assert table.method.tolist() == ["b", "a"]
    assert np.isnan(table.value[1])
    assert table["rank"].tolist() == [1, 2]
    nothing = composite_table(*_tables(median=(np.nan, np.nan)), tau="relative")
    assert nothing.value.isna().all()


def test_composite_table__raises_on_what_is_absent():
    recall, precision, stability = _tables()
    with pytest.raises(ValueError, match=r"no rows at quantile 0.9; found 0.98"):
        composite_table(recall, precision, stability, quantile=0.9)
    with pytest.raises(ValueError, match="tau: found 0"):
        composite_table(recall, precision, stability, tau=0)
    with pytest.raises(ValueError, match="all three tables"):
        composite_table(recall, precision, stability.assign(noise="smoothgrad"))


def test_composite_table__says_its_quantile():
    assert (composite_table(*_tables())["quantile"] == 0.98).all()
