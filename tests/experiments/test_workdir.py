"""The folder of a run: markers, changed flags, overwriting."""

import dataclasses

import pytest

from experiments.configuration import (
    Configuration,
    EnsembleFlags,
    RunningFlags,
    TruthFlags,
)
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


def test_prepare__running_flags_may_change_at_any_time(finished):
    changed = Configuration(
        running=RunningFlags(max_memory=2, attribution_mesh="1,1,1")
    )
    finished.prepare(changed, overwrite=False)
    assert all(finished.is_done(stage) for stage in STAGES)
    assert "--max_memory=2\n" in finished.saved_flags()


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


def test_prepare__raises_on_folders_that_no_run_made(tmp_path):
    """--workdir . --overwrite must not delete somebody's ./report."""
    (tmp_path / "report").mkdir()
    (tmp_path / "report" / "thesis.tex").write_text("years of work")
    with pytest.raises(ValueError, match=r"'report'.*another --workdir"):
        Workdir(tmp_path).prepare(Configuration(), overwrite=True)
    assert (tmp_path / "report" / "thesis.tex").exists()


def test_prepare__stage_launcher_redoes_its_own_stage_only(finished):
    finished.prepare(Configuration(), overwrite=True, launcher_of="attribution")
    done = [stage for stage in STAGES if finished.is_done(stage)]
    assert done == ["cohort", "truth", "ensemble"]


def test_prepare__stage_launcher_takes_changed_flags_with_overwrite(finished):
    changed = Configuration(ensemble=EnsembleFlags(widths=(8,)))
    finished.prepare(changed, overwrite=True, launcher_of="ensemble")
    assert [s for s in STAGES if finished.is_done(s)] == ["cohort", "truth"]
    assert "--widths=8\n" in finished.saved_flags()


def test_prepare__stage_launcher_raises_on_flags_of_an_earlier_stage(finished):
    changed = Configuration(truth=TruthFlags(null=True))
    with pytest.raises(ValueError, match="with the launcher of 'truth'"):
        finished.prepare(changed, overwrite=True, launcher_of="attribution")
    assert all(finished.is_done(stage) for stage in STAGES)


def test_clear_from__killed_in_between_leaves_no_later_stage(finished, monkeypatch):
    """New flags would otherwise sit beside results of the old ones."""
    removed = []

    def kill(folder, **_):
        removed.append(folder.name)
        if len(removed) == 2:
            raise KeyboardInterrupt

    monkeypatch.setattr("experiments.workdir.shutil.rmtree", kill)
    with pytest.raises(KeyboardInterrupt):
        finished.clear_from("truth")
    done = [stage for stage in STAGES if finished.is_done(stage)]
    assert done == ["cohort", "truth", "ensemble", "attribution", "faithfulness"]


def test_alone__keeps_a_second_run_out(tmp_path):
    work = Workdir(tmp_path / "out")
    with work.alone():
        with pytest.raises(ValueError, match="another run is at work"):
            Workdir(tmp_path / "out").alone().__enter__()
        (work.path / "kept").write_text("")
    with work.alone():
        pass
    assert work.path.exists()


def test_alone__leaves_no_empty_folder(tmp_path):
    with Workdir(tmp_path / "a" / "b").alone():
        pass
    assert not (tmp_path / "a").exists()


def test_path__goes_up_before_it_is_handed_on(tmp_path, monkeypatch):
    """TensorStore takes no "..": `--workdir ../out` would fail hours later."""
    (tmp_path / "code").mkdir()
    monkeypatch.chdir(tmp_path / "code")
    assert Workdir("../out").path == tmp_path.resolve() / "out"


def test_of_replicate__shares_the_cohort_and_has_stages_of_its_own(tmp_path):
    work = Workdir(tmp_path / "out")
    second = work.of_replicate(1)
    assert second.folder("cohort") == work.folder("cohort")
    assert second.folder("benchmark") == work.folder("benchmark")
    assert second.folder("ensemble/real") == tmp_path / "out/replicates/1/ensemble/real"
    assert second.of_replicate(0).folder("truth") == work.folder("truth")


def test_clear_from__takes_the_other_replicates_with_it(finished):
    second = finished.of_replicate(1)
    for stage in ("truth", "ensemble"):
        second.finish(stage, 1.0, [])
    finished.clear_from("ensemble")
    assert second.is_done("truth")
    assert not second.is_done("ensemble")


def test_clear_after__of_a_replicate_keeps_the_others(finished):
    second = finished.of_replicate(1)
    for stage in ("truth", "ensemble"):
        second.finish(stage, 1.0, [])
    second.clear_after("truth")
    assert not second.is_done("ensemble")
    assert finished.is_done("attribution")
    assert not finished.is_done("benchmark")


@pytest.fixture
def ablated(finished):
    """The finished workdir with an ablation of two replicates."""
    for number in (0, 1):
        folder = finished.stage(f"ablation/scores/{number}")
        (folder / "real.mode.global.npz").write_text("")
    (finished.folder("ablation") / "contrasts.tsv").write_text("")
    return finished


@pytest.mark.parametrize(
    ("stage", "kept"),
    [("cohort", False), ("truth", False), ("ensemble", False), ("attribution", True)],
)
def test_clear_from__takes_the_ablation_of_its_networks(ablated, stage, kept):
    ablated.clear_from(stage)
    assert ablated.folder("ablation").exists() == kept


@pytest.mark.parametrize(
    ("stage", "kept"), [("attribution", False), ("benchmark", False), ("report", True)]
)
def test_clear_from__takes_the_tables_of_an_ablation(ablated, stage, kept):
    folder = ablated.folder("ablation")
    ablated.clear_from(stage)
    assert (folder / "contrasts.tsv").exists() == kept
    assert len(list(folder.glob("scores/*/*.npz"))) == 2


def test_clear_after__of_a_replicate_takes_its_part_of_the_ablation(ablated):
    folder = ablated.folder("ablation")
    ablated.of_replicate(2).clear_after("truth")
    assert (folder / "contrasts.tsv").exists()
    ablated.of_replicate(1).clear_after("truth")
    assert [path.name for path in (folder / "scores").iterdir()] == ["0"]
    assert not (folder / "contrasts.tsv").exists()


def test_prepare__raises_on_an_ablation_that_no_run_made(tmp_path):
    (tmp_path / "ablation").mkdir()
    with pytest.raises(ValueError, match=r"'ablation'.*another --workdir"):
        Workdir(tmp_path).prepare(Configuration(), overwrite=True)
