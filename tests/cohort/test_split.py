import numpy as np
import pandas as pd
import pytest

from gxjax.cohort.split import split_people
from gxjax.types import TEST, TRAIN, VALIDATION

PINNED = "0000010020100000000200000000000000001100"


def people(count, start=0):
    ids = [f"{i:06d}" for i in range(start, start + count)]
    return pd.DataFrame({"FID": ids, "IID": ids, "SEX": np.arange(count) % 2 + 1})


def test_split_people__fractions_overall_and_in_each_sex():
    samples = people(20_000)
    split = split_people(samples, seed=1)
    for sex in (1, 2):
        part = split[samples["SEX"] == sex]
        shares = np.bincount(part, minlength=3) / len(part)
        np.testing.assert_allclose(shares, [0.8, 0.1, 0.1], atol=0.015)
    assert split.dtype == np.int8
    assert set(split) == {TRAIN, VALIDATION, TEST}


def test_split_people__append_stable_and_order_free():
    samples = people(500)
    split = split_people(samples, seed=1)
    np.testing.assert_array_equal(split_people(people(900), seed=1)[:500], split)
    reverse = split_people(samples.iloc[::-1], seed=1)
    np.testing.assert_array_equal(reverse[::-1], split)


def test_split_people__seed_and_family_matter():
    samples = people(500)
    split = split_people(samples, seed=1)
    assert (split != split_people(samples, seed=2)).any()
    assert (split != split_people(samples.assign(FID="0"), seed=1)).any()


def test_split_people__pinned():
    # A change here reassigns everyone's cohort.
    found = split_people(people(40), seed=7)
    assert "".join(map(str, found)) == PINNED


def test_split_people__ids_do_not_run_together():
    samples = pd.DataFrame({"FID": ["a"] * 300, "IID": [f"b{i}" for i in range(300)]})
    moved = pd.DataFrame({"FID": ["ab"] * 300, "IID": [str(i) for i in range(300)]})
    assert (split_people(samples, seed=0) != split_people(moved, seed=0)).any()


def test_split_people__raises_on_empty_part():
    with pytest.raises(ValueError, match=r"split of 3 people.*part empty.*TEST 0"):
        split_people(people(3), seed=0, fractions=(0.9, 0.09, 0.01))


@pytest.mark.parametrize("fractions", [(0.8, 0.2), (0.8, 0.1, 0.2), (1.0, 0.0, 0.0)])
def test_split_people__raises_on_fractions(fractions):
    with pytest.raises(ValueError, match="fractions is"):
        split_people(people(100), seed=0, fractions=fractions)
