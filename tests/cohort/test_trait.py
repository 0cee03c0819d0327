import numpy as np
import pytest

from gxjax.cohort.trait import detect_trait, make_phenotype


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([0, 1, 1], "binary"),
        ([1, 2, np.nan], "binary"),
        ([0, 2], "quantitative"),
        ([0, 1, 2], "quantitative"),
        ([5, 6, 5], "quantitative"),
        ([0.5, 1.5, 2.5], "quantitative"),
    ],
)
def test_detect_trait__kinds(values, expected):
    assert detect_trait(np.array(values)) == expected


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ([np.nan, np.nan], "missing for all 2 people"),
        ([2, 2, np.nan], "one class only"),
        ([170.5, 170.5], "constant, every value is 170.5"),
    ],
)
def test_detect_trait__raises_on_no_variation(values, message):
    with pytest.raises(ValueError, match=message):
        detect_trait(np.array(values))


@pytest.mark.parametrize("values", [[1, 2, 2, 1], [0, 1, 1, 0]])
def test_make_phenotype__binary(values):
    train = np.array([True, True, False, False])
    phenotype, trait, notes = make_phenotype(np.array(values), np.ones((4, 2)), train)
    np.testing.assert_array_equal(phenotype, [0, 1, 1, 0])
    assert trait == "binary"
    assert phenotype.dtype == np.float32
    assert f"{values[1]} is case (2)." in notes[0]
    assert "2 covariates are ignored" in notes[1]


def test_make_phenotype__raises_on_one_class_in_train():
    train = np.array([True, True, False])
    with pytest.raises(ValueError, match="TRAIN has one class"):
        make_phenotype(np.array([1, 1, 2]), np.ones((3, 0)), train)


@pytest.mark.parametrize("transform", ["zscore", "rank"])
def test_make_phenotype__quantitative(transform):
    generator = np.random.default_rng(0)
    covariates = generator.normal(size=(500, 2))
    train = np.arange(500) < 400
    values = 170 + covariates @ [5.0, 1.0] + generator.normal(0, 6, 500)
    phenotype, trait, notes = make_phenotype(values, covariates, train, transform)
    assert (trait, notes, phenotype.dtype) == ("quantitative", [], np.float32)
    np.testing.assert_allclose(phenotype[train].mean(), 0, atol=1e-5)
    np.testing.assert_allclose(phenotype[train].std(), 1, atol=0.02)
    slope = np.corrcoef(covariates[train, 0], phenotype[train])[0, 1]
    assert abs(slope) < 0.02


def test_make_phenotype__says_that_0_1_2_is_quantitative():
    values = np.array([0, 1, 2, 1, 0, 2])
    notes = make_phenotype(values, np.zeros((6, 0)), np.ones(6, bool))[2]
    assert "PLINK reads them as case/control" in notes[0]


def test_make_phenotype__raises_on_transform():
    with pytest.raises(ValueError, match="transform is 'log'"):
        make_phenotype(np.arange(4.0), np.zeros((4, 0)), np.ones(4, bool), "log")


def test_make_phenotype__raises_on_what_float32_can_not_hold():
    """It used to become an infinite phenotype, and every loss NaN."""
    values = np.array([1.0, 2.0, 4.0, 1e308])
    train = np.array([True, True, True, False])
    with pytest.raises(ValueError, match=r"from 1 to 1e\+308; expected nothing beyond"):
        make_phenotype(values, np.empty((4, 0)), train)


def test_make_phenotype__raises_on_what_float64_can_not_square():
    values = 1e-200 * np.array([1.0, 2.0, 4.0, 5.0])
    train = np.array([True, True, True, False])
    with pytest.raises(ValueError, match=r"differ by 4e-200 at most.*in other units"):
        make_phenotype(values, np.empty((4, 0)), train)
