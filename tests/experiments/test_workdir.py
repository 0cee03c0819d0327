"""The folder of a run: markers, changed flags, overwriting."""

import dataclasses

import pytest

from experiments.configuration import Configuration, EnsembleFlags, TruthFlags
from experiments.workdir import STAGES, Workdir


@pytest.fixture
def finished(tmp_path):
    """A workdir in which every stage was finished with the default flags."""
    work = Workdir(tmp_path / "out")
    work.save_flags(Configuration())
    for stage in STAGES:
        work.finish(stage, 1.0, [f"note of {stage}"])
    return work


def test_finish__records_seconds_and_notes(finished):
    assert finished.record("truth") == {"seconds": 1.0, "notes": ["note of truth"]}


def test_prepare__same_flags_keep_everything(finished):
    finished.prepare(Configuration(), overwrite=False)
    assert all(finished.is_done(stage) for stage in STAGES)


def test_prepare__raises_on_changed_flags_and_names_them(finished):
    changed = Configuration(truth=TruthFlags(null=True, additive=3))
    message = (
        "--additive was 100, is 3; --null was false, is true.*stages from 'truth' on"
    )
    with pytest.raises(ValueError, match=message):
        finished.prepare(changed, overwrite=False)
    assert all(finished.is_done(stage) for stage in STAGES)


def test_prepare__overwrite_redoes_from_the_first_changed_stage(finished):
    changed = Configuration(ensemble=EnsembleFlags(widths=(8,)))
    finished.prepare(changed, overwrite=True)
    done = [stage for stage in STAGES if finished.is_done(stage)]
    assert done == ["cohort", "truth"]
    finished.prepare(changed, overwrite=False)


def test_prepare__overwrite_without_a_change_redoes_all(finished):
    finished.prepare(Configuration(), overwrite=True)
    assert not any(finished.is_done(stage) for stage in STAGES)


def test_prepare__flag_that_became_unset_is_a_change(finished):
    with_maf = dataclasses.replace(Configuration().cohort, maf=0.01)
    finished.save_flags(Configuration(cohort=with_maf))
    with pytest.raises(ValueError, match=r"--maf was 0.01, is unset"):
        finished.prepare(Configuration(), overwrite=False)


def test_prepare__creates_nothing(tmp_path):
    Workdir(tmp_path / "out").prepare(Configuration(), overwrite=False)
    assert not (tmp_path / "out").exists()


def test_prepare__raises_on_a_workdir_below_a_file(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(NotADirectoryError, match="is not a folder"):
        Workdir(tmp_path / "file" / "out").prepare(Configuration(), overwrite=False)


def test_require__raises_on_a_stage_that_is_not_done(tmp_path):
    with pytest.raises(ValueError, match="stage 'truth' is not done"):
        Workdir(tmp_path).require("truth")


def test_prepare__flags_of_a_stage_not_begun_may_change(finished):
    finished.clear_from("ensemble")
    changed = Configuration(ensemble=EnsembleFlags(widths=(8,)))
    finished.prepare(changed, overwrite=False)
    assert finished.is_done("truth")
    assert "--widths=8\n" in finished.saved_flags()
