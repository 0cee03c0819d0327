import numpy as np
import pandas as pd
import pytest

from gxjax.association.interaction import interaction_test
from gxjax.genotypes import open_bed_source

PAIRS = np.array([[7, 8], [20, 33], [33, 20], [39, 21]])


def test_interaction_test__equals_statsmodels(study, peer):
    statsmodels = peer("statsmodels.api")
    y = study.quantitative + 5.0 * study.codes[:, 7] * study.codes[:, 8]
    calls = []
    found = interaction_test(
        study.genotypes,
        PAIRS,
        y,
        study.covariates,
        progress=lambda done, total, note: calls.append((done, total)),
    )
    for row, (one, other) in zip(found.itertuples(), PAIRS, strict=True):
        first, second = study.codes[:, one], study.codes[:, other]
        called = (first != 3) & (second != 3)
        columns = (np.ones(304), *study.covariates.to_numpy().T, first, second)
        product = first.astype(float) * second
        design = np.column_stack([*columns, product])[called]
        fit = statsmodels.OLS(y[called], design).fit()
        assert called.sum() == row.OBS_CT
        np.testing.assert_allclose(row.BETA, fit.params[-1], rtol=1e-8)
        np.testing.assert_allclose(row.SE, fit.bse[-1], rtol=1e-8)
        np.testing.assert_allclose(10**-row.NEG_LOG10_P, fit.pvalues[-1], rtol=1e-6)
    assert found["NEG_LOG10_P"].idxmax() == 0
    assert calls[-1] == (4, 4)


def test_interaction_test__names_both_variants_of_every_source(study):
    arguments = PAIRS, study.quantitative, study.covariates
    found = interaction_test(study.genotypes, *arguments)
    assert " ".join(found) == (
        "ID1 ID2 A1_1 A1_2 TEST OBS_CT BETA SE T_STAT NEG_LOG10_P ERRCODE"
    )
    assert list(found["ID1"]) == ["v7", "v20", "v33", "v39"]
    assert list(found["ID2"]) == ["v8", "v33", "v20", "v21"]
    source = open_bed_source(study.prefix)
    pd.testing.assert_frame_equal(interaction_test(source, *arguments), found)
    np.testing.assert_allclose(found["T_STAT"][1], found["T_STAT"][2], rtol=1e-9)


def test_interaction_test__error_codes(study):
    found = interaction_test(
        study.genotypes, [[3, 7], [1, 7], [6, 6]], study.quantitative
    )
    assert list(found["ERRCODE"]) == [
        "SAMPLE_CT<=PREDICTOR_CT",
        "RANK_DEFICIENT",
        "RANK_DEFICIENT",
    ]
    assert found[["BETA", "SE", "NEG_LOG10_P"]].isna().all(axis=None)


@pytest.mark.parametrize(
    ("pairs", "message"), [([1, 2], r"\[P, 2\]"), ([[0, 40]], "expected 0 to 39")]
)
def test_interaction_test__raises_on_pairs(study, pairs, message):
    with pytest.raises(ValueError, match=message):
        interaction_test(study.genotypes, np.array(pairs), study.quantitative)
