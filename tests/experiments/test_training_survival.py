"""Training killed at random, or stopped by SIGTERM, ends as if never touched."""

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from contextlib import suppress

import chex
import numpy as np
import pytest

from gxjax.ensemble import load_ensemble

KILLS = int(os.environ.get("GXJAX_KILLS", "2"))
"""Of SIGKILL; by hand, GXJAX_KILLS=20."""


def launch(workdir):
    """Training for 20 epochs of four steps, a checkpoint every other one."""
    command = [sys.executable, "-m", "experiments.train_ensembles"]
    flags = [f"--workdir={workdir}", "--epochs=20", "--checkpoint_steps=2"]
    return subprocess.Popen(
        [*command, *flags], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )


def ended(process):
    text, _ = process.communicate()
    assert process.returncode == 0, text


@pytest.fixture(scope="module")
def planted(trained, tmp_path_factory):
    """A run that ends with its truth."""
    workdir = tmp_path_factory.mktemp("planted") / "out"
    shutil.copytree(trained, workdir)
    shutil.rmtree(workdir / "ensemble")
    return workdir


@pytest.fixture(scope="module")
def straight(planted, tmp_path_factory):
    """The folder of the same trained without a stop."""
    workdir = tmp_path_factory.mktemp("straight") / "out"
    shutil.copytree(planted, workdir)
    ended(launch(workdir))
    return workdir


@pytest.fixture
def untrained(planted, tmp_path):
    shutil.copytree(planted, tmp_path / "out")
    return tmp_path / "out"


def assert_same(workdir, finished):
    for arm in ("spikein", "decoy", "real"):
        found, expected = (
            load_ensemble(folder / "ensemble" / arm) for folder in (workdir, finished)
        )
        chex.assert_trees_all_equal(found.parameters, expected.parameters)
        chex.assert_trees_all_equal(found.statistics, expected.statistics)
        np.testing.assert_array_equal(found.encoding.mean, expected.encoding.mean)
        assert found.history.equals(expected.history)


def trains(workdir, process):
    """Waits for a checkpoint that was not there before; whether there was one."""
    pattern = "ensemble/*/checkpoints/save_*"
    before = set(workdir.glob(pattern))
    while process.poll() is None:
        # Not found: the process is just removing an older one.
        with suppress(FileNotFoundError):
            if set(workdir.glob(pattern)) - before:
                return True
        time.sleep(0.02)
    return False


def test_train_ensembles__survives_kill_9_at_random_moments(untrained, straight):
    draw = random.Random(0)
    for _ in range(KILLS):
        process = launch(untrained)
        assert trains(untrained, process)
        time.sleep(draw.uniform(0, 0.3))
        process.kill()
        process.communicate()
        assert process.returncode == -signal.SIGKILL
    ended(launch(untrained))
    assert_same(untrained, straight)


def test_train_ensembles__sigterm_saves_and_says_so(untrained, straight):
    process = launch(untrained)
    assert trains(untrained, process)
    process.send_signal(signal.SIGTERM)
    text, _ = process.communicate()
    assert process.returncode == 143, text
    assert "the same command goes on from here" in text
    ended(launch(untrained))
    assert_same(untrained, straight)
