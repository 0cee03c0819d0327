"""The benchmark of the metrics runs at a tiny size, and says what it found."""

import json
import subprocess
import sys
from pathlib import Path

SCRIPT = Path(__file__).parents[1] / "scripts" / "bench_benchmark.py"
PARTS = {
    *("ranks", "places", "recall", "frequency", "average precision", "right loci"),
    *("ranks with decoys", "precision", "precision of loci", "stability", "composite"),
}


def run(*words):
    command = [sys.executable, SCRIPT, *words]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_bench_benchmark__times_every_metric(tmp_path):
    words = ("--variants=600", "--columns=2", "--members=3", "--draws=20")
    result = run(*words, f"--out={tmp_path}/out.json")
    assert result.returncode == 0, result.stderr
    found = json.loads(result.stdout)
    assert found == json.loads((tmp_path / "out.json").read_text())
    assert set(found["seconds"]) >= PARTS
    assert all(seconds >= 0 for seconds in found["seconds"].values())
    assert abs(found["total_seconds"] - sum(found["seconds"].values())) < 0.02
    assert found["total_processor_seconds"] > 0
    assert found["composite_rows"] == 2
    assert 2**31 > found["peak_bytes"] > found["imports_bytes"] > 0
