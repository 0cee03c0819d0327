"""The benchmark of association runs at a tiny size, and says what it found."""

import json
import os
import subprocess
import sys
from pathlib import Path

from environment import QUICK_CHILD

SCRIPT = Path(__file__).parents[1] / "scripts" / "bench_cohort.py"


def run(tmp_path, *words):
    command = [sys.executable, SCRIPT, f"--folder={tmp_path}", *words]
    # One device, and programs that compile fast: their speed is not looked at.
    return subprocess.run(
        command, env=os.environ | QUICK_CHILD,
        capture_output=True, text=True, check=False,
    )  # fmt: skip


# 15 s: two processes that import and compile, of one thread and of the command.
def test_bench_cohort__times_every_side(tmp_path, plink2):
    words = ("--people=200", "--variants=40", "--repeats=1", "--threads=1")
    result = run(tmp_path, *words, "--covariates=2", f"--out={tmp_path}/out.json")
    assert result.returncode == 0, result.stderr
    found = json.loads(result.stdout)
    assert found == json.loads((tmp_path / "out.json").read_text())
    tasks = found["threads"]["1"]
    names = ["height, 2 covariates", "sick, 2 covariates", "counts", "read"]
    assert list(tasks) == names
    for name in names[:2]:
        seconds = tasks[name]["seconds"]
        assert set(seconds) == {"gxjax", "plink2", "gxjax command"}
        ratio = seconds["gxjax"] / seconds["plink2"]
        assert abs(tasks[name]["ratios"]["gxjax / plink2"] - ratio) < 0.02 * ratio
    assert {"gxjax, packed", "gxjax, int8"} <= set(tasks["read"]["seconds"])
    assert [path.name for path in tmp_path.iterdir()] == ["out.json"]


def test_bench_cohort__measures_memory(tmp_path):
    result = run(tmp_path, "--what=memory", "--people=200", "--variants=400")
    assert result.returncode == 0, result.stderr
    peaks = json.loads(result.stdout)["peak_above_imports_bytes"]
    assert list(peaks) == ["quality control", "linear", "logistic"]
    assert all(1e5 < peak < 2**31 for peak in peaks.values())


def test_bench_cohort__refuses_people_who_share_no_byte(tmp_path):
    result = run(tmp_path, "--people=402")
    assert result.returncode != 0
    assert "multiple of 4" in result.stdout + result.stderr
