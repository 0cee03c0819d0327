"""P-values and false discovery rates keep their word in small simulations."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from environment import QUICK_CHILD

SCRIPT = Path(__file__).parents[1] / "scripts" / "calibrate_nulls.py"
SMALL = ("--people=100", "--variants=40", "--causal=8", "--members=2")


@pytest.fixture
def run(tmp_path):
    """Rows that the script wrote, and printed, for some flags."""

    def start(*words):
        out = tmp_path / "out.json"
        result = subprocess.run(
            [sys.executable, SCRIPT, *SMALL, *words, f"--out={out}"],
            env=os.environ | QUICK_CHILD, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert result.returncode == 0, result.stderr
        found = json.loads(out.read_text())
        assert json.loads(result.stdout) == found
        return found["rows"]

    return start


def test_calibrate_nulls__p_values_of_nothing_are_uniform(run):
    rows = run("--what=global_null", "--simulations=200", "--null_ensembles=1,6")
    for row in rows:
        assert row["ks_p"] > 0.01 or row["counted"] == "locus"
        # Where all is null the false discovery rate is that of any discovery: at most
        # 0.1, and three standard errors of 200 data sets.
        assert row["any"]["0.1"] < 0.1 + 0.064
        for threshold in ("0.05", "0.1"):
            rate = row["rates"][threshold]
            margin = (rate["upper"] - rate["lower"]) / 2
            # Simes' p-value of variants in LD is too large rather than too small.
            assert rate["value"] - float(threshold) < 1.5 * margin
            if row["counted"] == "variant":
                assert float(threshold) - rate["value"] < 1.5 * margin
    assert {row["scale"] for row in rows} == {"none", "median"}
    assert {row["counted"] for row in rows} == {"variant", "locus"}


def test_calibrate_nulls__discoveries_are_false_at_their_level_or_less(run):
    rows = run("--what=bh", "--simulations=100", "--null_ensembles=3")
    for row in rows:
        assert row["lower"] < row["level"]
        assert row["found"] <= 1
    found = [row["found"] for row in rows if row["scale"] == "median"]
    assert max(found) > 0.3


def test_calibrate_nulls__knockoffs_hold_their_level_with_a_network(run):
    rows = run("--what=knockoffs", "--network=relu", "--simulations=40", "--rho=0.2")
    for row in rows:
        assert row["lower"] < row["level"]
    assert max(row["found"] for row in rows) > 0.05
