"""Dosages to hard calls; plink2's own are in formats/test_dosages_of_plink2.py."""

import numpy as np
import pytest

from gxjax.genotypes.hard_calls import (
    BYTE_CALLS,
    check_dosages,
    check_threshold,
    hard_calls,
)


def test_hard_calls__at_the_threshold_is_called():
    dosages = np.array([0, 0.1, 0.101, 0.9, 1.1, 1.5, 1.9, 2, np.nan], np.float32)
    assert hard_calls(dosages).tolist() == [0, 0, 3, 1, 1, 3, 2, 2, 3]
    assert hard_calls(dosages, 0).tolist() == [0, 3, 3, 3, 3, 3, 3, 2, 3]
    assert hard_calls(dosages, 0.49).tolist() == [0, 0, 0, 1, 1, 3, 2, 2, 3]


def test_byte_calls__of_127_times_a_dosage():
    assert BYTE_CALLS[[0, 12, 13, 114, 115]].tolist() == [0, 0, 3, 3, 1]
    assert BYTE_CALLS[[127, 139, 140, 241, 242, 254, 255]].tolist() == [
        *(1, 1, 3, 3, 2, 2, 3)
    ]


@pytest.mark.parametrize("threshold", [-0.1, 0.5, float("nan")])
def test_check_threshold__raises_outside_its_range(threshold):
    with pytest.raises(ValueError, match="expected 0 or more, and less than"):
        check_threshold(threshold)


@pytest.mark.parametrize("wrong", [-0.01, 2.001, np.inf])
def test_check_dosages__raises_on_what_is_none(wrong):
    check_dosages(np.array([0, np.nan, 2]))
    with pytest.raises(ValueError, match="person 2 has the dosage"):
        check_dosages(np.array([0, wrong]))
