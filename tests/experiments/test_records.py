"""A cohort that is saved and loaded, in memory or left in its store."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from experiments import records
from experiments.records import STORE, load_cohort, save_cohort
from experiments.workdir import Workdir
from gxjax.association import linear_association
from gxjax.cohort import filter_genotypes
from gxjax.genotypes import Store, write_store
from gxjax.testing import simulate_cohort
from gxjax.truth import decoy_arm, permute_within_split


@pytest.fixture
def cohort(key):
    return simulate_cohort(key, people=200, variants=61)


@pytest.fixture
def work(cohort, tmp_path):
    work = Workdir(tmp_path)
    folder = work.stage("cohort")
    write_store(cohort.genotypes.packed, folder / STORE)
    save_cohort(cohort, folder)
    return work


def test_load_cohort__gives_what_was_saved(cohort, work):
    found = load_cohort(work)
    assert isinstance(found.genotypes.packed, np.ndarray)
    np.testing.assert_array_equal(found.genotypes.packed, cohort.genotypes.packed)
    pd.testing.assert_frame_equal(found.genotypes.variants, cohort.genotypes.variants)
    np.testing.assert_array_equal(found.counts, cohort.counts)


def test_load_cohort__leaves_a_large_matrix_in_its_store(
    key, cohort, work, monkeypatch
):
    monkeypatch.setattr(records, "_IN_MEMORY", 0)
    found = load_cohort(work)
    assert isinstance(found.genotypes.packed, Store)
    people = np.flatnonzero(found.split == 0)
    tables = [
        linear_association(
            decoy_arm(each, permute_within_split(key, each.split)).blocks,
            pd.concat([each.genotypes.variants] * 2, ignore_index=True),
            each.phenotype,
            people,
        )
        for each in (found, cohort)
    ]
    pd.testing.assert_frame_equal(*tables)
    kept = [filter_genotypes(each.genotypes, maf=0.2)[0] for each in (found, cohort)]
    np.testing.assert_array_equal(kept[0].packed, kept[1].packed)


def test_load_cohort__of_dosages(cohort, tmp_path, monkeypatch):
    codes = np.random.default_rng(0).integers(0, 256, (200, 61), np.uint8)
    genotypes = cohort.genotypes._replace(packed=codes, bits=8)
    folder = Workdir(tmp_path).stage("cohort")
    write_store(codes, folder / STORE, bits=8)
    save_cohort(replace(cohort, genotypes=genotypes), folder)
    for limit, kind in ((1 << 30, np.ndarray), (0, Store)):
        monkeypatch.setattr(records, "_IN_MEMORY", limit)
        found = load_cohort(Workdir(tmp_path)).genotypes
        assert isinstance(found.packed, kind)
        assert found.bits == 8
        np.testing.assert_array_equal(np.asarray(found.packed), codes)
