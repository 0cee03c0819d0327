import numpy as np
import pytest

from gxjax.cohort.covariates import read_covariates


def test_read_covariates__all_and_chosen(write):
    path = write("#FID IID sex age pc1\nf1 i1 1 40 NA\nf2 i2 2 50 0.5\n")
    assert list(read_covariates(path)) == ["FID", "IID", "sex", "age", "pc1"]
    chosen = read_covariates(path, ["pc1", "sex"])
    assert list(chosen) == ["FID", "IID", "pc1", "sex"]
    np.testing.assert_array_equal(chosen["pc1"], [np.nan, 0.5])


def test_read_covariates__a_range_of_columns(write):
    path = write("#FID IID age PC1 PC2 PC3\nf i 1 2 3 4\n")
    found = read_covariates(path, ["PC1-PC3", "age"])
    assert list(found) == ["FID", "IID", "PC1", "PC2", "PC3", "age"]


def test_read_covariates__text_is_a_category(write):
    rows = "f a Leeds\nf b NONE\nf c NA\nf d Bath\n"
    found = read_covariates(write("#FID IID site\n" + rows))["site"]
    assert found.where(found.notna(), None).tolist() == ["Leeds", None, None, "Bath"]


def test_read_covariates__numbers_named_are_categories(write):
    path = write("#FID IID batch age\nf a 11 1\nf b -9 2\nf c 2x 3\n")
    found = read_covariates(path, categorical=["batch"])
    batch = found["batch"]
    assert batch.where(batch.notna(), None).tolist() == ["11", None, "2x"]
    assert found["age"].dtype == np.float64


@pytest.mark.parametrize("text", ["Leeds 7", "7 Leeds", "1x 7", "Leeds 1x", "x inf"])
def test_read_covariates__raises_on_a_mixture(write, text):
    one, other = text.split()
    path = write(f"#FID IID site\nf a {one}\nf b {other}\n")
    with pytest.raises(ValueError, match=r"'site'.*does not begin with a digit"):
        read_covariates(path)


def test_read_covariates__raises_on_a_category_that_is_not_there(write):
    path = write("#FID IID site age\nf a x 1\n")
    with pytest.raises(ValueError, match=r"no column 'site'; there are \['age'\]"):
        read_covariates(path, ["age"], ["site"])


def test_read_covariates__reads_hundreds_of_columns(write):
    """Without pandas' warning that the table grows column by column."""
    names = " ".join(f"c{i}" for i in range(200))
    table = read_covariates(write(f"#FID IID {names}\nf i {' '.join(['1'] * 200)}\n"))
    assert table.shape == (1, 202)
