"""The benchmark scripts run at a tiny size, without torch, and say what they found."""

import json
import math
import os
import subprocess
import sys
from pathlib import Path

import pytest
from environment import QUICK_CHILD

SCRIPTS = Path(__file__).parents[1] / "scripts"
SMALL = ("--variants=300", "--widths=8,4", "--repeats=1", "--batch_size=8")
NOISY = "integrated_gradients+smoothgrad_squared"


@pytest.fixture
def run(tmp_path):
    """Runs a script by name, and reads the JSON that it wrote and printed."""

    def start(script, *words):
        out = tmp_path / "out.json"
        # One device, and programs that compile fast: their speed is not looked at.
        result = subprocess.run(
            [sys.executable, SCRIPTS / script, *SMALL, *words, f"--out={out}"],
            env=os.environ | QUICK_CHILD, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert result.returncode == 0, result.stderr
        found = json.loads(out.read_text())
        assert json.loads(result.stdout) == found
        return found, result.stderr

    return start


def test_bench_attribution__tables_people_per_second(run):
    columns = f"--columns={NOISY},saliency+none"
    found, said = run("bench_attribution.py", "--people=16", "--batches=4,64", columns)
    (table,) = found["tables"]
    speeds = table["people_per_second"]
    assert list(speeds["gxjax"]) == ["saliency+none", NOISY, "all"]
    assert list(speeds["gxjax_merged"]) == [NOISY, "all"]
    assert min(speeds["gxjax"].values()) > 0
    plain = speeds["plain_jax"]
    together = 1 / plain["saliency+none"] + 1 / plain[NOISY]
    assert math.isclose(plain["all"], 1 / together)
    assert table["best_batch"]["plain_jax"] == {"saliency+none": 4, NOISY: 4}
    assert math.isclose(
        table["ratios"]["gxjax / plain_jax"]["all"],
        speeds["gxjax"]["all"] / plain["all"],
    )
    assert f"plain JAX, {NOISY}, batch 64" in "".join(table["skipped"])
    assert f"| {NOISY} |" in said
    if found["versions"]["captum"] is None:
        assert "skipped: captum" in said
        assert not speeds["captum_best"]


def test_bench_attribution__refuses_an_unknown_column(run):
    with pytest.raises(AssertionError, match="--columns: found saliency; expected of"):
        run("bench_attribution.py", "--columns=saliency")


def test_bench_attribution__measures_memory(run):
    found, _ = run("bench_attribution.py", "--what=memory", "--people=8", "--members=2")
    (table,) = found["tables"]
    assert table["columns"] == 8
    assert table["max_memory"] == 3 * 2**30
    assert table["packed_genotypes"] == 8 * 75 + 4 * 8
    assert 0 < table["plan"]["total"] < table["max_memory"]
    assert table["peak"] >= table["resident_after_imports"] > 0
    above = table["peak"] - table["resident_after_imports"] - table["packed_genotypes"]
    assert table["peak_above"] == above


def test_bench_gpu__measures_attribution(run):
    found, _ = run("bench_gpu.py", "--what=attribution", "--people=8")
    results = {result["name"]: result for result in found["results"]}
    assert list(results) == ["integrated_gradients", "all, merged draws", "all"]
    alone = results["integrated_gradients"]
    assert alone["products"] == 2
    # Two products of V x H numbers, each a multiplication and an addition.
    assert math.isclose(
        alone["tflops"] * 1e12, alone["people_per_second"] * 2 * 2 * 300 * 8
    )
    assert alone["plan"]["total"] > 300 * 8 * 4
    assert set(found["product_tflops"]["back"]) == {"highest", "default"}


def test_bench_gpu__measures_training(run):
    words = ("--what=training", "--people=600", "--ensembles=2")
    found, _ = run("bench_gpu.py", *words)
    plain, halved = found["results"]
    assert (plain["dtype"], halved["dtype"]) == ("float32", "bfloat16")
    # 1,024 people, rounded up to what is drawn at a time, less 256 of VALIDATION.
    steps = (1024 - 256) // 8
    assert math.isclose(plain["seconds_per_epoch"], plain["seconds_per_step"] * steps)
    assert plain["plan"]["genotypes"] >= 1024 * 300 / 4
    assert halved["plan"]["moments"] < plain["plan"]["moments"]
    assert 0 < plain["of_measured_peaks"]["roofline_share"] < 1
    assert plain["asked"] == {"members": 2, "variants": 300}


def test_bench_gpu__extrapolates_the_published_experiment(run):
    """Takes long: the programs of two arms are compiled."""
    words = ("--people=640", "--members=3", "--epochs=7", "--widths=8")
    # Minutes enough on any machine: the decoys are not to be left out.
    own = ("--attribution_batch_size=16", "--data_order=own", "--minutes=600")
    found, said = run("bench_gpu.py", "--what=experiment", *words, *own)
    results = found["results"]
    parts = {(part["arm"], part["name"]): part for part in results["parts"]}
    assert len(parts) == 3 * 9 + 1
    assert all(part["seconds"] >= 0 for part in parts.values())
    for arm, columns in (("real", 300), ("decoy", 600)):
        measured = results["measured"][arm]
        assert measured["training"]["columns"] == columns
        assert measured["attribution"]["columns"] == columns
        # 512 people are TRAIN; the 64 of TEST are 4 blocks.
        train, score = parts[arm, "training"], parts[arm, "attribution"]
        assert train["seconds"] == measured["training"]["seconds_per_step"] > 0
        assert (train["factor"], score["factor"]) == (64 * 7, 4 * 3)
        assert math.isclose(train["hours"], train["seconds"] * 64 * 7 / 3600)
    # Decoys share the matrix, so the plan has it once.
    real, decoy = (results["measured"][arm]["training"] for arm in ("real", "decoy"))
    assert decoy["plan"]["genotypes"] == real["plan"]["genotypes"]
    total = sum(part["hours"] for part in parts.values())
    assert math.isclose(results["total_hours"], total)
    assert results["not_measured"] == ["spikein"]
    assert "[6/6] decoy arm, attribution" in said
    assert said.rstrip().endswith(f"| total | | | | | {total:.3f} |")


def test_bench_training__tables_people_x_members_per_second(run):
    words = ("--people=128", "--members=1,2", "--data_order=shared,own")
    found, said = run("bench_training.py", *words)
    (table,) = found["tables"]
    ours = [f"{order}, M = {m}" for order in ("shared", "own") for m in (1, 2)]
    speeds = table["people_x_members_per_second"]
    assert [name for name in speeds if name in ours] == ours
    assert min(speeds.values()) > 0
    held = table["bytes"]["shared, M = 2"]
    # 300 variants in 16 granules of 5 bytes.
    assert held["packed_genotypes"] == 128 * 16 * 5
    assert held["parameters_and_moments"] > 2.9 * held["best_copy"]
    assert "| own, M = 2 |" in said
