"""Which processes work as one, and what process 0 does for the others."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import jax
import numpy as np
import pytest

from experiments import hosts
from experiments.running_flags import RunningFlags

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("environment", "found"),
    [
        ({}, False),
        # The batch script, and a shell in an allocation.
        ({"SLURM_JOB_ID": "7", "SLURM_NTASKS": "4"}, False),
        ({"SLURM_NTASKS": "4", "SLURM_STEP_NUM_TASKS": "1"}, False),
        ({"SLURM_NTASKS": "4", "SLURM_STEP_NUM_TASKS": "4"}, True),
        ({"OMPI_COMM_WORLD_SIZE": "2"}, True),
        ({"OMPI_COMM_WORLD_SIZE": "1"}, False),
    ],
)
def test_in_cluster__wants_several_processes(environment, found, monkeypatch):
    monkeypatch.setattr(hosts.glob, "glob", lambda pattern: [])
    assert hosts.in_cluster(environment) is found


def test_joined__changes_nothing_for_one_process(monkeypatch, capsys):
    monkeypatch.setattr(hosts, "in_cluster", lambda environment: False)
    monkeypatch.setattr(jax.distributed, "initialize", None)
    with hosts.joined(RunningFlags()):
        print("heard")
        assert hosts.is_first()
        assert hosts.on_first(lambda: 3) == 3
        assert hosts.first_says(True)
        assert not hosts.first_says(False)
    assert capsys.readouterr().out == "heard\n"


def test_joined__is_told_or_finds_out_or_stays_alone(monkeypatch):
    monkeypatch.setattr(hosts, "_check_told", lambda count: None)
    calls = []
    monkeypatch.setattr(hosts, "in_cluster", lambda environment: True)
    monkeypatch.setattr(
        jax.distributed,
        "initialize",
        lambda *given, **how: calls.append((given, how["heartbeat_timeout_seconds"])),
    )
    told = {"coordinator": "node1:1234", "num_processes": 2, "process_id": 1}
    off = RunningFlags(distributed="off", **told)
    for flags in (RunningFlags(), RunningFlags(**told, heartbeat_timeout=9), off):
        with hosts.joined(flags):
            pass
    assert calls == [((None, None, None), 100), (("node1:1234", 2, 1), 9)]


def test_joined__raises_where_processes_were_told_different_counts(monkeypatch):
    every = hosts.multihost_utils
    monkeypatch.setattr(every, "process_allgather", lambda _: np.array([[2], [3]]))
    monkeypatch.setattr(jax, "process_count", lambda: 2)
    monkeypatch.setattr(jax.distributed, "initialize", lambda *_, **__: None)
    flags = RunningFlags(coordinator="localhost:1", num_processes=3, process_id=1)
    expected = r"--num_processes: the processes were told \[2, 3\].* 2 have joined"
    with pytest.raises(ValueError, match=expected), hosts.joined(flags):
        pytest.fail("joined")


def test_joined__says_that_another_process_is_gone(monkeypatch):
    # What training raised when the other process was killed.
    lost = "UNKNOWN: Gloo AllGather failed: [pair.cc:547] Connection closed by peer"
    alone = RunningFlags(distributed="off")
    with pytest.raises(ValueError, match="Gloo"), hosts.joined(alone):
        raise ValueError(lost)
    monkeypatch.setattr(jax, "process_count", lambda: 2)
    with (
        pytest.raises(ConnectionError, match="goes on from the last checkpoint"),
        hosts.joined(alone),
    ):
        raise ValueError(lost)
    with pytest.raises(ValueError, match="no such file"), hosts.joined(alone):
        raise ValueError("no such file")


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        ({"coordinator": "node1:1"}, "found only some of them"),
        ({"num_processes": 2, "process_id": 0}, "found only some of them"),
        (
            {"coordinator": "node1:1", "num_processes": 2, "process_id": 2},
            "--process_id=2: expected less than --num_processes = 2",
        ),
    ],
)
def test_joined__raises_on_flags_that_do_not_fit(flags, message):
    with pytest.raises(ValueError, match=message), hosts.joined(RunningFlags(**flags)):
        pass


PEER = """
import pathlib, sys, time
from experiments.hosts import OtherFailed, first_says, joined, on_first
from experiments.running_flags import RunningFlags

address, process, made = sys.argv[1], int(sys.argv[2]), pathlib.Path(sys.argv[3])
told = RunningFlags(coordinator=address, num_processes=2, process_id=process)

def slow():
    time.sleep(3)
    made.touch()
    return "made"

def fail():
    raise ValueError("no such file")

with joined(told):
    print("heard", flush=True)
    assert first_says(process == 0)
    assert on_first(slow) == (None if process else "made")
    assert made.exists()
    try:
        on_first(fail)
    except (ValueError, OtherFailed) as error:
        sys.stderr.write(f"{process}: {type(error).__name__}\\n")
"""


def test_on_first__keeps_two_processes_together(tmp_path):
    """Process 1 waits, is silent, and ends when process 0 has failed."""
    with socket.socket() as free:
        free.bind(("localhost", 0))
        address = f"localhost:{free.getsockname()[1]}"
    peers = [
        subprocess.Popen(
            [sys.executable, "-c", PEER, address, str(process), str(tmp_path / "made")],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=ROOT,
            env={**os.environ, "XLA_FLAGS": ""},
        )
        for process in range(2)
    ]
    try:
        said = [peer.communicate(timeout=600) for peer in peers]
    finally:
        for peer in peers:
            peer.kill()
            peer.communicate()
    assert [peer.returncode for peer in peers] == [0, 0], said
    # Gloo says something of its own.
    assert "heard" in said[0][0]
    assert "heard" not in said[1][0]
    assert "0: ValueError" in said[0][1]
    assert "1: OtherFailed" in said[1][1]
