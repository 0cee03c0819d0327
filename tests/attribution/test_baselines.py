import numpy as np
import pytest

from gxjax.attribution import BASELINES, Baseline, baseline, make_baseline

COUNTS = np.array([[8, 1, 1, 5], [1, 2, 2, 0], [0, 0, 0, 9]])
FILL = np.array([0.0, 0.0, 0.75], np.float32)
ROWS = np.array([[0, 1, 2], [2, 2, 0]])


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("zeros", [0, 0, 0]),
        ("twos", [2, 2, 2]),
        ("mean", [0.3, 1.2, 0.75]),
        ("mode", [0, 1, 0.75]),
        ("hwe", [0.3, 1.2, 0.75]),
    ],
)
def test_baseline__of_counts(kind, expected):
    found = baseline(kind, COUNTS, FILL)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, [expected])


@pytest.mark.parametrize("kind", ["people", "file"])
def test_baseline__of_rows_is_those_rows(kind):
    np.testing.assert_array_equal(baseline(kind, COUNTS, FILL, ROWS), ROWS)


def test_baseline__of_a_file_may_be_one_row():
    found = make_baseline("file", COUNTS, FILL, ROWS[0], "from cases.tsv")
    np.testing.assert_array_equal(found.rows, ROWS[:1])
    assert found.description == "from cases.tsv"


@pytest.mark.parametrize("kind", BASELINES)
def test_make_baseline__says_what_it_is(kind):
    found = make_baseline(kind, COUNTS, FILL, ROWS)
    assert isinstance(found, Baseline)
    assert found.kind == kind
    assert found.rows.shape == ((2 if kind in ("people", "file") else 1), 3)
    assert found.rows.dtype == np.float32
    assert found.description
    assert "{" not in found.description
    np.testing.assert_array_equal(found.rows, baseline(kind, COUNTS, FILL, ROWS))


def test_baseline__raises_on_kind():
    with pytest.raises(ValueError, match="found 'median', expected one of zeros"):
        baseline("median", COUNTS, FILL)


@pytest.mark.parametrize("rows", [None, np.zeros((2, 4)), np.zeros((0, 3)), ROWS[0]])
def test_baseline__raises_on_people(rows):
    with pytest.raises(ValueError, match=r"'people'.*expected \[K, 3\]"):
        baseline("people", COUNTS, FILL, rows)


@pytest.mark.parametrize("value", [np.nan, -0.1, 3])
def test_baseline__raises_on_values(value):
    rows = ROWS.astype(float)
    rows[1, 2] = value
    with pytest.raises(ValueError, match=rf"found {value}.* in row 1, column 2"):
        baseline("file", COUNTS, FILL, rows)


@pytest.mark.parametrize("kind", ["mean", "hwe"])
def test_make_baseline__mean_of_dosages_is_not_that_of_their_hard_calls(kind):
    counts = np.array([[2, 1, 1, 0], [0, 0, 0, 4]])
    fill, mean = np.array([0.5, 0.25]), np.array([0.8, 0.3])
    found = make_baseline(kind, counts, fill, mean=mean)
    np.testing.assert_allclose(found.rows, [[0.8, 0.25]], rtol=1e-6)
    np.testing.assert_allclose(make_baseline(kind, counts, fill).rows, [[0.75, 0.25]])
