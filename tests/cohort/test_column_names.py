import pytest

from gxjax.cohort.column_names import choose_columns

COLUMNS = ["age", "PC1", "PC2", "PC10", "a-b"]


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (None, COLUMNS),
        (["PC1-PC10"], ["PC1", "PC2", "PC10"]),
        (["PC2", "age"], ["PC2", "age"]),
        (["a-b"], ["a-b"]),
        (["PC10-a-b"], ["PC10", "a-b"]),
        (["age-age"], ["age"]),
        ([], []),
    ],
)
def test_choose_columns__names_and_ranges(names, expected):
    assert choose_columns("x.covar", COLUMNS, names) == expected


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (["sex"], r"x.covar: no column 'sex'; there are \['age', 'PC1'"),
        (["PC1-PC9"], "no column 'PC1-PC9'"),
        (["PC10-PC1"], "range PC10-PC1 begins with column 'PC10', which comes after"),
        (["PC1", "age-PC2"], "column 'PC1' is chosen twice"),
    ],
)
def test_choose_columns__raises_on_bad_names(names, message):
    with pytest.raises(ValueError, match=message):
        choose_columns("x.covar", COLUMNS, names)


def test_choose_columns__names_the_likely_ones_of_many():
    with pytest.raises(ValueError, match=r"there are 99, such as \['PC7'"):
        choose_columns("x", [f"PC{i}" for i in range(99)], ["pc7"])
