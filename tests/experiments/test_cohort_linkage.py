"""LD of TRAIN people, and files whose variants are out of order."""

import dataclasses

import numpy as np
import pytest

from experiments.cohort_linkage import train_neighbours
from experiments.configuration import CohortFlags
from gxjax.genotypes.bed_source import open_bed_source


@pytest.fixture
def source(fileset):
    return open_bed_source(fileset)


def test_train_neighbours__is_symmetric_and_within_reach(source, key):
    train = np.arange(len(source.samples)) % 5 > 0
    flags = CohortFlags(ld_kb=500, ld_least_r2=0.2)
    found, notes = train_neighbours(source, train, flags, key)
    assert notes == []
    assert len(found.columns)
    assert found.r2.min() >= 0.2
    rows = np.repeat(np.arange(len(found.starts) - 1), np.diff(found.starts))
    pairs = set(zip(rows.tolist(), found.columns.tolist(), strict=True))
    assert pairs == {(b, a) for a, b in pairs}
    position = source.variants["POS"].to_numpy()
    assert np.abs(position[rows] - position[found.columns]).max() <= 500_000


def test_train_neighbours__says_that_variants_are_out_of_order(source, key):
    variants = source.variants.copy()
    variants.loc[[0, 1], "POS"] = variants.loc[[1, 0], "POS"].to_numpy()
    swapped = dataclasses.replace(source, variants=variants)
    train = np.ones(len(source.samples), bool)
    found, notes = train_neighbours(swapped, train, CohortFlags(), key)
    assert len(found.columns) == 0
    assert len(found.starts) == len(variants) + 1
    assert "no LD is known" in notes[0]
    assert "sort the files" in notes[0]


def test_train_neighbours__bounds_pairs_and_people(source, key, monkeypatch):
    """Time does not grow with the square of a dense file, nor with a biobank."""
    monkeypatch.setattr("experiments.cohort_linkage._WIDEST", 4)
    monkeypatch.setattr("experiments.cohort_linkage._PEOPLE", 100)
    train = np.ones(len(source.samples), bool)
    flags = CohortFlags(ld_kb=100_000, ld_least_r2=0.2)
    found, notes = train_neighbours(source, train, flags, key)
    assert "nearest 4 variants" in notes[0]
    rows = np.repeat(np.arange(len(found.starts) - 1), np.diff(found.starts))
    assert 0 < np.abs(found.columns - rows).max() < 4
