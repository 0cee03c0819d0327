"""What is kept of `.bed` files, and what tells one selection from another."""

import numpy as np
import pandas as pd
import pytest

from gxjax.genotypes import open_bed_source, simulate_genotypes, write_plink


@pytest.fixture
def prefix(key, tmp_path):
    write_plink(simulate_genotypes(key, 60, 50), tmp_path / "x")
    return tmp_path / "x"


def test_open_bed_source__keeps_all(prefix):
    source = open_bed_source(prefix)
    assert source.kept_people.tolist() == list(range(60))
    assert source.kept_variants.tolist() == list(range(50))
    assert len(source.samples) == 60
    assert len(source.variants) == 50


def test_select__counts_from_what_is_kept(prefix):
    whole = open_bed_source(prefix)
    first = whole.select(np.arange(60) % 2 == 1, np.arange(10, 50))
    source = first.select(people=np.array([0, 29]), variants=np.array([5]))
    assert source.kept_people.tolist() == [1, 59]
    assert source.kept_variants.tolist() == [15]
    expected = whole.samples.iloc[[1, 59]].reset_index(drop=True)
    pd.testing.assert_frame_equal(source.samples, expected)
    assert source.variants["ID"].tolist() == [whole.variants["ID"][15]]
    assert len(whole.samples) == 60
    with pytest.raises(ValueError, match="people: not increasing, or outside 0 to 29"):
        first.select(people=np.array([30]))


def test_fingerprint__is_of_the_files_and_the_selection(prefix, key):
    whole = open_bed_source(prefix)
    twice = whole.select(np.arange(10, 60)).select(np.arange(40))
    once = whole.select(np.arange(10, 50))
    assert once.fingerprint == twice.fingerprint
    others = [whole, whole.select(np.arange(10, 51)), once.select(None, np.arange(49))]
    write_plink(simulate_genotypes(key, 60, 51), prefix)
    others.append(open_bed_source(prefix).select(np.arange(10, 50), np.arange(50)))
    assert all(other.fingerprint != once.fingerprint for other in others)
