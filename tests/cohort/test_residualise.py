import numpy as np
import pytest
import statsmodels.api as sm
from scipy.stats import norm

from gxjax.cohort.residualise import rank_normalise, residualise, standardise

TRAIN = np.arange(200) % 5 != 0


@pytest.fixture
def data():
    generator = np.random.default_rng(0)
    covariates = np.stack(
        [generator.integers(1, 3, 200), generator.uniform(40, 70, 200)], axis=1
    )
    y = 150 + covariates @ [10.0, -0.2] + generator.normal(0, 6, 200)
    return y, covariates


def test_residualise__equals_statsmodels_with_train_coefficients(data):
    y, covariates = data
    design = sm.add_constant(covariates)
    fit = sm.OLS(y[TRAIN], design[TRAIN]).fit()
    found = residualise(y, covariates, TRAIN)
    np.testing.assert_allclose(found, y - fit.predict(design), atol=1e-9)


def test_residualise__others_do_not_move_the_fit(data):
    y, covariates = data
    moved = np.where(TRAIN, y, 1e6)
    found = residualise(moved, covariates, TRAIN)[TRAIN]
    np.testing.assert_allclose(found, residualise(y, covariates, TRAIN)[TRAIN])


def test_residualise__collinear_and_constant_covariates_change_nothing(data):
    y, covariates = data
    constant = np.where(TRAIN, 3.0, 7.0)
    more = np.column_stack([covariates, covariates[:, 0] * 2 + 1, constant])
    expected = residualise(y, covariates, TRAIN)
    np.testing.assert_allclose(residualise(y, more, TRAIN), expected, atol=1e-8)


def test_residualise__no_covariates_centres(data):
    y, _ = data
    found = residualise(y, np.zeros((200, 0)), TRAIN)
    np.testing.assert_allclose(found, y - y[TRAIN].mean())


def test_residualise__raises_on_not_finite(data):
    y, covariates = data
    covariates[3, 1] = np.nan
    with pytest.raises(ValueError, match="not finite"):
        residualise(y, covariates, TRAIN)


def test_residualise__raises_on_nothing_left(data):
    _, covariates = data
    with pytest.raises(ValueError, match="explain the phenotype entirely"):
        residualise(covariates @ [1.0, 2.0], covariates, TRAIN)


def test_residualise__raises_on_too_few_people(data):
    y, covariates = data
    with pytest.raises(ValueError, match="covariates: 2 columns, with 3 people"):
        residualise(y, covariates, np.arange(200) < 3)


def test_residualise__raises_on_a_covariate_too_large_to_square(data):
    y, covariates = data
    with pytest.raises(ValueError, match=r"covariates: a value of .*e\+20"):
        residualise(y, covariates * 1e200, TRAIN)


def test_standardise__hand_computed():
    train = np.array([True, True, False])
    np.testing.assert_allclose(standardise(np.array([1, 3, 7]), train), [-1, 1, 5])


def test_rank_normalise__hand_computed():
    train = np.array([True, True, True, True, False, False, False])
    y = np.array([10, 40, 20, 20, 15, -1, 99])
    # TRAIN ranks 1, 4, 2.5, 2.5; outsiders: one below, none below, all below (clipped).
    place = np.array([0.5, 3.5, 2, 2, 1, 0.5, 3.5]) / 4
    np.testing.assert_allclose(rank_normalise(y, train), norm.ppf(place))


@pytest.mark.parametrize("transform", [standardise, rank_normalise])
def test_transform__raises_on_constant(transform):
    with pytest.raises(ValueError, match=r"is 2\.0 for everyone in TRAIN"):
        transform(np.array([2.0, 2.0, 3.0]), np.array([True, True, False]))
