"""What counts as found, and what the GWAS calls, in a run."""

import numpy as np
import pandas as pd

from experiments.comparators import significant
from experiments.configuration import Configuration
from experiments.evaluation import planted
from experiments.evaluation.planted import found_options
from experiments.records import load_cohort
from experiments.truth_records import load_arm
from experiments.workdir import Workdir
from gxjax.benchmark import find_places, rank_columns
from gxjax.types import Truth


def truth_of(kind, typed=None):
    unknown = np.full(len(kind), np.nan, np.float32)
    partner = np.full(len(kind), -1, np.int32)
    return Truth(np.asarray(kind, np.int8), partner, unknown, unknown, typed)


def test_significant__is_of_the_columns_that_networks_are_shown():
    association = pd.DataFrame({"P": [0.02, 0.012, 0.03, np.nan, 1e-9]})
    every = significant(association, truth_of([0] * 5))
    assert every.tolist() == [False, False, False, False, True]
    typed = np.array([True, True, False, True, False])
    some = significant(association, truth_of([0] * 5, typed))
    # 0.05 / 3, not 0.05 / 5; the least p is of a hidden column.
    assert some.tolist() == [False, True, False, False, False]
    assert not significant(association, truth_of([0] * 5, ~typed & typed)).any()


def test_find_planted__calls_what_the_note_counts(monkeypatch, tmp_path):
    """One threshold: `gwas_significant` of recall and the GWAS's note agree."""
    association = pd.DataFrame({"P": [0.02, 0.012, 0.03, 0.9, 1e-9]})
    typed = np.array([True, True, False, True, False])
    truth, called = truth_of([0] * 5, typed), []
    arm = type("Arm", (), {"truth": truth, "counts": np.ones((5, 4), np.int64)})
    monkeypatch.setattr(planted, "load_arm", lambda *_: arm)
    monkeypatch.setattr(planted, "read_table", lambda _: association)
    for name in ("load_scores", "load_comparators"):
        monkeypatch.setattr(planted, name, lambda *_: (None, ()))
    monkeypatch.setattr(planted, "found_options", lambda *_: {})
    monkeypatch.setattr(planted, "_find", lambda *given: called.append(given[4]))
    planted.find_planted(Configuration(), Workdir(tmp_path), None)
    for flags in called:
        np.testing.assert_array_equal(flags, significant(association, truth))


def test_found_options__spike_ins_have_no_window_on_a_real_26(trained, configured):
    """Cattle have a chromosome 26, and a human MT may be coded so."""
    work, configuration = Workdir(trained), configured("--found_kb=50", "--ld_r2=1")
    cohort = load_cohort(work)
    cohort.genotypes.variants["CHROM"] = "26"
    arm = load_arm(work, cohort, "spikein")
    assert set(arm.variants["CHROM"]) == {"26"}
    count = len(arm.variants)
    scores = np.random.default_rng(0).permutation(count)[None, None].astype(np.float32)
    ranking = rank_columns(scores, (("random", "none"),), arm.truth)
    options = found_options(configuration, work, arm)
    found = find_places(ranking, arm.truth, **options)
    for places, columns in zip(found.places[0, 0], found.units["columns"], strict=True):
        assert places == max(ranking.ranks[0, 0, list(columns)])
