"""A file that a stage wrote and something damaged is named, with the mend."""

import pytest

from experiments.reading import reading
from experiments.records import load_cohort
from experiments.truth_records import load_arm, load_phenotype
from experiments.workdir import Workdir

COHORT = (
    "variants.parquet",
    "samples.parquet",
    "covariates.parquet",
    "people.npz",
    "encoding.npz",
    "trait.json",
)
TRUTH = ("spikein.npz", "spikein.tsv", "decoy.npy", "phenotype.npy")


def load_all(work):
    cohort = load_cohort(work)
    load_phenotype(work)
    for arm in ("spikein", "decoy", "real"):
        load_arm(work, cohort, arm)


@pytest.mark.parametrize(
    "name",
    [*(f"cohort/{name}" for name in COHORT), *(f"truth/{name}" for name in TRUTH)],
)
def test_reading__names_a_damaged_file(trained, tmp_path, name):
    """Cut to half; the stages before stay as they are."""
    work = Workdir(tmp_path)
    for stage in ("cohort", "truth"):
        (tmp_path / stage).symlink_to(trained / stage)
    load_all(work)
    stage, file = name.split("/")
    (tmp_path / stage).unlink()
    (tmp_path / stage).mkdir()
    for other in (trained / stage).iterdir():
        if other.name != file:
            (tmp_path / stage / other.name).symlink_to(other)
    octets = (trained / name).read_bytes()
    (tmp_path / name).write_bytes(octets[: len(octets) // 2])
    with pytest.raises(ValueError, match=rf"{file}: damaged .*redo the stage '{stage}"):
        load_all(work)
    (tmp_path / name).unlink()
    with pytest.raises(FileNotFoundError, match=rf"{file}: missing; redo the stage"):
        load_all(work)


@pytest.mark.parametrize("octets", [b"", b"\xff\xfe\x00"])
def test_reading__names_a_damaged_mark_of_a_stage(tmp_path, octets):
    work = Workdir(tmp_path)
    work.finish("cohort", 1.0, [])
    (tmp_path / "cohort" / "done").write_bytes(octets)
    with pytest.raises(ValueError, match=r"cohort/done: damaged"):
        work.record("cohort")


def test_reading__leaves_other_errors_alone(tmp_path):
    with pytest.raises(ZeroDivisionError), reading(tmp_path / "x", "cohort"):
        raise ZeroDivisionError
