import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.stats import f_oneway, linregress

from gxjax.comparator import gwas_genotypic_score, gwas_score


def test_gwas_score__equals_linregress_of_train_people(study):
    inputs, train = study.inputs, study.train
    scores = gwas_score(inputs.arm, inputs.phenotype, train)
    for j in range(0, 47, 3):
        dosage = study.dosages[train, j]
        called = ~np.isnan(dosage)
        fit = linregress(dosage[called], inputs.phenotype[train][called])
        assert_allclose(scores[j], -np.log10(fit.pvalue), rtol=1e-4, atol=1e-5)


def test_gwas_genotypic_score__equals_statsmodels_f_test(study, peer):
    api = peer("statsmodels.api")
    inputs, train = study.inputs, study.train
    scores = gwas_genotypic_score(inputs.arm, inputs.phenotype, train)
    assert np.isfinite(scores).all()
    additive = gwas_score(inputs.arm, inputs.phenotype, train)
    joint = 0
    for j in range(47):
        x = study.dosages[train, j]
        called = ~np.isnan(x)
        x, y = x[called], inputs.phenotype[train][called]
        design = np.column_stack([np.ones_like(x), x, 1 - np.abs(x - 1)])
        # plink2's bound on the variance inflation of the two predictors.
        if np.corrcoef(design[:, 1:].T)[0, 1] ** 2 < 1 - 1 / 50:
            fit = api.OLS(y, design).fit()
            assert_allclose(scores[j], -np.log10(fit.f_pvalue), rtol=1e-4, atol=1e-5)
            joint += 1
        else:
            assert scores[j] == additive[j]
    assert joint > 40


def test_gwas_genotypic_score__is_the_analysis_of_variance(make_study, random_codes):
    codes = random_codes(160, 4, missing=0)
    codes[:, 0] = np.random.default_rng(0).integers(0, 2, 160)
    y = np.random.default_rng(1).normal(size=160)
    study = make_study([(codes, 2, None)], y)
    scores = gwas_genotypic_score(study.inputs.arm, y, study.train)
    for j in range(4):
        classes = [y[study.train][codes[study.train, j] == g] for g in range(3)]
        p = f_oneway(*(each for each in classes if len(each))).pvalue
        assert_allclose(scores[j], -np.log10(p), rtol=1e-4)


def test_gwas_genotypic_score__sees_a_heterozygote_effect(make_study):
    draw = np.random.default_rng(2)
    codes = draw.binomial(2, 0.5, (400, 10)).astype(np.uint8)
    y = 1.0 * (codes[:, 6] == 1) + draw.normal(size=400)
    study = make_study([(codes, 2, None)], y)
    assert gwas_genotypic_score(study.inputs.arm, y, study.train).argmax() == 6
    assert gwas_score(study.inputs.arm, y, study.train)[6] < 3


def test_gwas_scores__are_finite_where_p_underflows(make_study):
    codes = np.tile(np.array([[0], [1], [2], [1]], np.uint8), (1000, 1))
    y = (codes[:, 0] == 1) + codes[:, 0] + np.tile([0.01, -0.01], 2000)
    study = make_study([(codes, 2, None)], y)
    for score in (gwas_score, gwas_genotypic_score):
        found = score(study.inputs.arm, y, study.train)
        assert 300 < found[0] < np.inf


def test_gwas_scores__hide_what_is_not_typed_or_does_not_vary(make_study):
    codes = np.array([[0, 0, 1], [0, 1, 2], [0, 2, 0], [0, 1, 1]] * 4, np.uint8)
    y = np.random.default_rng(0).normal(size=16)
    typed = np.array([True, True, False])
    study = make_study([(codes, 2, None)], y, typed=typed)
    for score in (gwas_score, gwas_genotypic_score):
        found = score(study.inputs.arm, y, study.train)
        assert list(np.isneginf(found)) == [True, False, True]


def test_gwas_genotypic_score__says_how_far_it_is(study):
    calls = []
    gwas_genotypic_score(
        study.inputs.arm,
        study.inputs.phenotype,
        study.train,
        lambda done, total, note: calls.append((done, total)),
    )
    assert calls == sorted(calls)
    assert calls[-1] == (47, 47)


def test_gwas_genotypic_score__raises_on_people_twice(study):
    people = np.append(study.train, study.train[0])
    with pytest.raises(ValueError, match="everybody once"):
        gwas_genotypic_score(study.inputs.arm, study.inputs.phenotype, people)


@pytest.mark.parametrize("score", [gwas_score, gwas_genotypic_score])
def test_gwas_scores__raise_on_a_constant_phenotype(study, score):
    with pytest.raises(ValueError, match="phenotype: constant"):
        score(study.inputs.arm, np.ones(240), study.train)
