import numpy as np
import pytest

from gxjax.attribution import baseline

COUNTS = np.array([[8, 1, 1, 5], [1, 2, 2, 0], [0, 0, 0, 9]])
FILL = np.array([0.0, 0.0, 0.75], np.float32)


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("zeros", [0, 0, 0]),
        ("twos", [2, 2, 2]),
        ("mean", [0.3, 1.2, 0.75]),
        ("mode", [0, 1, 0.75]),
    ],
)
def test_baseline__of_counts(kind, expected):
    found = baseline(kind, COUNTS, FILL)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, [expected])


def test_baseline__of_people_is_their_dosages():
    people = np.array([[0, 1, 2], [2, 2, 0]])
    np.testing.assert_array_equal(baseline("people", COUNTS, FILL, people), people)


def test_baseline__raises_on_kind():
    with pytest.raises(ValueError, match="found 'median', expected one of zeros"):
        baseline("median", COUNTS, FILL)


@pytest.mark.parametrize("people", [None, np.zeros((2, 4)), np.zeros((0, 3))])
def test_baseline__raises_on_people(people):
    with pytest.raises(ValueError, match=r"expected \[K, 3\]"):
        baseline("people", COUNTS, FILL, people)
