"""False discovery rates beside statsmodels, and the table of p and q."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose
from statsmodels.stats.multitest import multipletests

from gxjax.benchmark.q_values import p_value_table, q_values


@pytest.mark.parametrize(("method", "peer"), [("bh", "fdr_bh"), ("by", "fdr_by")])
def test_q_values__are_those_of_statsmodels(method, peer):
    p = np.random.default_rng(0).random((3, 50)) ** 2
    p[1, ::7] = np.nan
    found = q_values(p, method)
    for row, expected in zip(found, p, strict=True):
        known = ~np.isnan(expected)
        assert_allclose(row[known], multipletests(expected[known], method=peer)[1])
        assert np.isnan(row[~known]).all()


def test_q_values__of_nothing_known():
    assert np.isnan(q_values(np.full(3, np.nan))).all()
    assert q_values(np.array([0.03])) == [0.03]


def test_q_values__raises_outside_0_to_1():
    with pytest.raises(ValueError, match="p: found a value"):
        q_values(np.array([0.1, 1.1]))


def test_p_value_table__has_a_column_per_score():
    variants = pd.DataFrame(
        {"CHROM": ["1", "X"], "POS": [5, 9], "ID": ["a", "b"], "A1": ["C", "G"]}
    )
    p = np.array([[0.1, 0.2], [0.3, 0.4]])
    columns = (("saliency", "none"), ("deeplift", "smoothgrad"))
    table = p_value_table(variants, columns, p, 2 * p)
    assert list(table) == [
        *("#CHROM", "POS", "ID", "A1", "saliency.none.p", "saliency.none.q"),
        *("deeplift.smoothgrad.p", "deeplift.smoothgrad.q"),
    ]
    assert_allclose(table["deeplift.smoothgrad.q"], [0.6, 0.8])
    with pytest.raises(ValueError, match="q: shape"):
        p_value_table(variants, columns, p, p[:1])
