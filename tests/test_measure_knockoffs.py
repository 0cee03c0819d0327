"""The script that measures knockoffs runs at a tiny size, and tells nulls apart."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from environment import QUICK_CHILD

SCRIPT = Path(__file__).parents[1] / "scripts" / "measure_knockoffs.py"
SMALL = ("--people=200", "--variants=30", "--iterations=2", "--phenotypes=20")


def measure(*words):
    result = subprocess.run(
        [sys.executable, SCRIPT, *SMALL, "--clusters=3", *words],
        env=os.environ | QUICK_CHILD,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    return json.loads(result.stdout)


@pytest.mark.parametrize("null", ["true_hmm", "permuted"])
def test_measure_knockoffs__says_how_alike_they_are(null):
    found = measure(f"--null={null}")
    assert 0 <= found["swaps_beyond_1.96"] <= 1
    if null == "permuted":
        assert abs(found["with_own"]) < 0.08
        assert found["outscored_causal"] > 0.8
    else:
        assert found["with_own"] > 0.12
        assert found["ld_across_r"] > 0.8
