"""From an exception to an exit code; a stage done anew outdates those after it."""

import sys

import pytest

from experiments.configuration import (
    BenchmarkFlags,
    Configuration,
    FaithfulnessFlags,
)
from experiments.launcher import launch, run_stage
from experiments.workdir import STAGES, Workdir


@pytest.fixture
def exit_code(monkeypatch, capsys):
    """`exit_code(raise_it) -> (code, stderr)` of a launcher that ends so."""

    def call(main):
        monkeypatch.setattr(sys, "argv", ["benchmark"])
        with pytest.raises(SystemExit) as end:
            launch("benchmark", "A summary.", main)
        return end.value.code, capsys.readouterr().err

    return call


def test_launch__disk_full_exits_2_with_one_line(exit_code):
    def orbax(_):
        raise RuntimeError("RESOURCE_EXHAUSTED: Failed: No space left on device [28]")

    def wrapped(_):
        try:
            raise OSError(28, "No space left on device")
        except OSError as error:
            raise RuntimeError("saving failed") from error

    for main in (orbax, wrapped):
        code, said = exit_code(main)
        assert code == 2
        assert (
            said
            == "ERROR: the disk is full; make room, and give the same command again\n"
        )


def test_launch__our_fault_exits_1_with_a_traceback(exit_code):
    def main(_):
        raise TypeError("surprise")

    code, said = exit_code(main)
    assert code == 1
    assert "Traceback" in said
    assert "a fault of gxjax" in said


def test_launch__interruption_exits_130(exit_code):
    def main(_):
        raise KeyboardInterrupt

    assert exit_code(main)[0] == 130


def test_run_stage__outdates_the_stages_after_it(tmp_path):
    """Somebody deleted one stage's folder: the next ones were made of the old one."""
    work = Workdir(tmp_path / "out")
    work.save_flags(Configuration())
    for stage in STAGES:
        work.finish(stage, 1.0, [])
    (work.path / "ensemble" / "done").unlink()
    run_stage("ensemble", lambda configuration, work: [], Configuration(), work)
    done = [stage for stage in STAGES if work.is_done(stage)]
    assert done == ["cohort", "truth", "ensemble"]


@pytest.mark.parametrize("older", [False, True])
def test_run_stage__null_ensembles_are_of_the_first_replicate(tmp_path, older):
    """An older run trained them for every replicate: that is no harm."""
    configuration = Configuration(
        faithfulness=FaithfulnessFlags(null_ensembles=1),
        benchmark=BenchmarkFlags(replicates=2),
    )
    work, published = Workdir(tmp_path / "out"), ("spikein", "decoy", "real")
    for number in (0, 1):
        one = work.of_replicate(number)
        for arm in (*published, *(["null0"] if older or not number else [])):
            one.finish(f"ensemble/{arm}", 1.0, [])
        one.finish("ensemble", 1.0, [])
    asked = []
    run_stage("ensemble", lambda *given: asked.append(given), configuration, work)
    assert not asked
