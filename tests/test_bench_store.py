"""The benchmark of the store runs at a tiny size, and says what it found."""

import json
import subprocess
import sys
from pathlib import Path

SCRIPT = Path(__file__).parents[1] / "scripts" / "bench_store.py"


def run(tmp_path, *words):
    command = [sys.executable, SCRIPT, f"--folder={tmp_path}", *words]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_bench_store__times_every_side(tmp_path):
    words = ("--people=400", "--variants=3000", "--repeats=1", "--gathers=2")
    result = run(tmp_path, *words, f"--out={tmp_path}/out.json")
    assert result.returncode == 0, result.stderr
    found = json.loads(result.stdout)
    assert found == json.loads((tmp_path / "out.json").read_text())
    speeds = {name: value for name, value in found.items() if "_mb_per_s" in name}
    assert len(speeds) == 5
    assert min(speeds.values()) > 0
    build, copy = found["build_mb_per_s"], found["copy_mb_per_s"]
    ratio = found["ratios"]["build / copy of the .bed"]
    assert abs(ratio - build / copy) < 0.01 * ratio
    assert [path.name for path in tmp_path.iterdir()] == ["out.json"]


def test_bench_store__refuses_people_who_share_no_byte(tmp_path):
    result = run(tmp_path, "--people=402")
    assert result.returncode != 0
    assert "multiple of 4" in result.stdout + result.stderr
