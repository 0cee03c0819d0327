"""The attribution stage: what flags become, what it writes, that it can be killed."""

import shutil
import signal
import socket
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

from experiments import attribute
from experiments.arms import arm_plans
from experiments.records import load_cohort
from experiments.truth_records import load_arm
from experiments.workdir import Workdir
from gxjax.attribution import METHODS
from gxjax.report import read_table
from gxjax.types import TEST

LABELS = ("#CHROM", "POS", "ID", "A1")


def values_of(work, name):
    return pd.read_parquet(work.path / "attribution" / f"{name}.parquet")


@pytest.fixture
def passed(attributed, monkeypatch):
    """`passed(*words)`: the keyword arguments that `score` is given for them."""

    class Enough(Exception):
        pass

    def call(*words):
        found = {}

        def score(*_, **keywords):
            found.update(keywords)
            raise Enough

        monkeypatch.setattr(attribute, "score", score)
        with pytest.raises(Enough):
            attributed(*words)
        return found

    return call


def test_run__passes_the_flags_on(passed):
    before = dict(METHODS)
    found = passed("--integration_steps=7", "--max_memory=1.5", "--merge_draws")
    assert found["methods"]["integrated_gradients"].function.keywords == {"steps": 7}
    assert found["max_memory"] == 3 * 2**29
    assert found["merge_draws"]
    assert found["strata"] is None
    assert before == METHODS


def test_run__integrates_to_a_tolerance_instead_of_steps(passed):
    found = passed("--integration_tolerance=0.01", "--integration_steps=7")
    bound = found["methods"]["integrated_gradients"].function.keywords
    assert bound["tolerance"] == 0.01
    assert "steps" not in bound
    assert found["max_memory"] is None
    assert found["resident"] is None


def test_run__streams_genotypes_with_the_same_scores(attributed, capsys):
    """Bit by bit; the plan says which it is."""
    tables = []
    for words, residency in (((), "resident"), (("--stream",), "streamed")):
        work, _ = attributed(*words, "--attribution_mesh=1,2,4", name=residency)
        assert f"genotypes {residency} " in " ".join(capsys.readouterr().out.split())
        folder = work.path / "attribution"
        tables.append({p.name: p.read_bytes() for p in folder.glob("*.parquet")})
    assert tables[0] == tables[1]


def test_run__writes_a_table_per_reduction_and_stratum(attributed):
    words = ("--reductions=mean_signed", "--strata=sex", "--methods=deeplift")
    work, _ = attributed(*words)
    tables = {path.name for path in (work.path / "attribution").glob("real*.parquet")}
    assert tables == {
        "real.parquet",
        "real.baseline.parquet",
        "real.completeness.parquet",
        "real.mean_absolute.female.parquet",
        "real.mean_absolute.male.parquet",
        "real.mean_signed.all.parquet",
        "real.mean_signed.female.parquet",
        "real.mean_signed.male.parquet",
    }
    cohort = load_cohort(work)
    sex = cohort.genotypes.samples["SEX"][cohort.split == TEST]
    share = float((sex == 1).mean())
    for name in ("mean_absolute", "mean_signed"):
        whole = "real" if name == "mean_absolute" else f"real.{name}.all"
        everybody = values_of(work, whole)
        groups = [values_of(work, f"real.{name}.{sex}") for sex in ("male", "female")]
        assert all(list(group) == list(everybody) for group in groups)
        male, female = (group.iloc[:, 4:].to_numpy() for group in groups)
        np.testing.assert_allclose(
            everybody.iloc[:, 4:], share * male + (1 - share) * female, atol=1e-6
        )
    signed, absolute = values_of(work, "real.mean_signed.all"), values_of(work, "real")
    assert (signed.iloc[:, 4:].to_numpy() < 0).any()
    assert (signed.iloc[:, 4:].abs() <= absolute.iloc[:, 4:] + 1e-6).all(axis=None)


def test_run__says_what_memory_it_will_take_and_what_misses(attributed, capsys):
    words = ("--methods=integrated_gradients,deeplift", "--integration_steps=1")
    work, _ = attributed(*words, "--completeness_tolerance=0.001")
    said = capsys.readouterr().out
    assert said.index("memory per device") < said.index("attribute spikein: done")
    assert said.count("WARNING: Integrated gradients, ") == 3
    assert "WARNING: DeepLIFT" not in said
    assert "raise --integration_steps or set" in " ".join(said.split())
    assert max(map(len, said.splitlines())) <= 88
    table = read_table(work.path / "attribution" / "completeness.tsv")
    assert list(table)[:4] == ["arm", "method", "noise", "count"]
    assert list(table)[4:] == ["median", "q90", "q99", "max"]
    assert table["arm"].tolist() == [
        arm for arm in ("spikein", "decoy", "real") for _ in range(2)
    ]
    deltas = values_of(work, "decoy.completeness").query("method == 'deeplift'")
    row = table.query("arm == 'decoy' and method == 'deeplift'").iloc[0]
    assert row["count"] == len(deltas)
    assert row["max"] == pytest.approx(deltas["delta"].abs().max(), rel=1e-5)


def test_run__takes_a_baseline_from_a_file_and_saves_it(attributed, trained, tmp_path):
    variants = load_cohort(Workdir(trained)).genotypes.variants
    path = tmp_path / "mine.tsv"
    table = pd.DataFrame({"ID": variants["ID"], "A1": variants["A2"], "x": 0.5})
    table.to_csv(path, sep="\t", index=False)
    work, notes = attributed("--baseline=file", f"--baseline_file={path}")
    assert notes[0].startswith("baseline: 1 row of mine.tsv, 2 - dosage where")
    saved = values_of(work, "real.baseline")
    assert list(saved) == [*LABELS, "baseline.0"]
    assert (saved["baseline.0"] == 1.5).all()
    assert saved.attrs["kind"] == "file"
    planted = values_of(work, "spikein.baseline")
    assert planted.attrs["description"].endswith("; spike-ins: TRAIN mode")


def test_run__raises_on_a_file_that_changed_between_two_arms(
    attributed, configured, trained, tmp_path
):
    iids = load_cohort(Workdir(trained)).genotypes.samples["IID"]
    path = tmp_path / "groups.txt"
    path.write_text("".join(f"{iid} x\n" for iid in iids))
    words = ("--strata=file", f"--strata_file={path}")
    work, _ = attributed(*words)
    (work.path / "attribution" / "decoy" / "done").unlink()
    path.write_text("".join(f"{iid} yy\n" for iid in iids))
    with pytest.raises(ValueError, match=r"groups\.txt changed since the first arm"):
        attribute.run(configured(*words), work)


def test_score_arm__does_not_depend_on_the_devices(trained, configured, tmp_path):
    shutil.copytree(trained, tmp_path / "copy")
    work = Workdir(tmp_path / "copy")
    cohort = load_cohort(work)
    arm = load_arm(work, cohort, "spikein")

    def scores(mesh):
        words = ("--methods=deeplift", f"--attribution_mesh={mesh}")
        configuration = configured(*words)
        setting = attribute.make_setting(configuration, work, cohort)
        silent = lambda plan: None  # noqa: E731
        plan = arm_plans(configuration)[0]
        assert plan.name == arm.name
        return attribute.score_arm(
            configuration, work, cohort, plan, arm, setting, silent
        )[0]

    one = scores("1,1,1")
    for mesh in ("auto", "2,1,4"):
        many = scores(mesh)
        assert many.columns == one.columns
        np.testing.assert_allclose(many.values, one.values, rtol=1e-4, atol=1e-6)


def test_run__raises_where_memory_does_not_suffice(attributed):
    with pytest.raises(ValueError, match="max_memory"):
        attributed("--max_memory=1e-5")


KILLED = """
import os, runpy, signal
import gxjax.attribution.stream as stream

save = stream.save

def save_and_die(*arguments):
    save(*arguments)
    os.kill(os.getpid(), signal.SIGKILL)

stream.save = save_and_die
runpy.run_module("experiments.attribute", run_name="__main__", alter_sys=True)
"""

NOBODY = 2**22 + 1
"""More than the number of any process on Linux."""


def test_launcher__killed_in_a_score_ends_bit_identical(
    attributed, configured, trained, tmp_path, monkeypatch
):
    """kill -9 behind the first state; the rest is done by another run."""
    words = ("--methods=deeplift", "--noise=smoothgrad", "--attribution_mesh=1,1,1")
    words += ("--attribution_batch_size=2", "--noise_draws=100")
    whole, _ = attributed(*words)
    killed = tmp_path / "killed"
    shutil.copytree(trained, killed)
    command = [sys.executable, "-c", KILLED, f"--workdir={killed}", *words]
    often = "--attribution_checkpoint_seconds=0"
    run = subprocess.run([*command, often], capture_output=True, text=True)
    assert run.returncode == -signal.SIGKILL, run.stderr
    state = killed / "attribution" / "spikein.1x1x1.0GiB.state.npz"
    assert np.load(state)["blocks"] == 1
    half = f".{state.name}.{socket.gethostname()}.{NOBODY}.tmp"
    state.with_name(half).write_bytes(b"killed in the next state")
    seen, score = [], attribute.score

    def watched(*arguments, progress, **keywords):
        return score(*arguments, progress=lambda *step: seen.append(step), **keywords)

    monkeypatch.setattr(attribute, "score", watched)
    attribute.run(configured(*words), Workdir(killed))
    assert seen[0][0] > 1  # it went on; it did not begin anew
    files = sorted(path.name for path in (whole.path / "attribution").glob("*.*"))
    assert files == sorted(p.name for p in (killed / "attribution").glob("*.*"))
    for name in files:
        again = (killed / "attribution" / name).read_bytes()
        assert again == (whole.path / "attribution" / name).read_bytes(), name


def test_launcher__overwrite_with_a_wrong_flag_removes_nothing(trained, tmp_path):
    copy = tmp_path / "out"
    shutil.copytree(trained, copy)
    kept = copy / "attribution" / "kept.tsv"
    kept.parent.mkdir(exist_ok=True)
    kept.touch()
    command = [sys.executable, "-m", "experiments.attribute", f"--workdir={copy}"]
    wrong = ("--overwrite", "--reductions=median")
    run = subprocess.run([*command, *wrong], capture_output=True, text=True)
    assert run.returncode == 2
    assert "median" in run.stderr
    assert kept.exists()
