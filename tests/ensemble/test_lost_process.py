"""Two real processes: one is lost or asked to stop, and both go on where they were."""

import os
import signal
import time

import jax
import numpy as np
import pytest
from peers import be_peer, numbers, run_peers, start_peers, trained

from gxjax.ensemble import TrainingConfig, TrainingStopped

CONFIG = TrainingConfig(epochs=2, batch_size=8, learning_rate=1e-3)
HEARTBEAT, LONGEST = 8, 180
"""Seconds: asked of JAX, whose own are 100, and until the survivor must have ended."""


def lose(folder, how):
    """One of two processes: trains until process 1 is no more, after a checkpoint."""

    def progress(done, total, note):
        if jax.process_index() == 1 and done == 5:
            while not (folder / "run" / "save_1").exists():
                time.sleep(0.1)
            (folder / "lost").touch()
            os.kill(os.getpid(), how)

    trained(
        (1, 1, 2),
        progress=progress,
        checkpoints=folder / "run",
        checkpoint_steps=2,
        config=CONFIG,
    )


def killed(folder):
    """One of two processes: process 1 is gone at once."""
    lose(folder, signal.SIGKILL)


def hung(folder):
    """One of two processes: process 1 keeps its connections and does nothing more."""
    lose(folder, signal.SIGSTOP)


def restart(folder):
    """One of two processes: stopped when process 1 alone is asked to, then on.

    And on from where the run was in which one was killed.
    """
    seen = []
    asked = lambda: jax.process_index() == 1 and seen[-1] >= 4  # noqa: E731
    arguments = {"checkpoints": folder / "stopped", "config": CONFIG}
    with pytest.raises(TrainingStopped) as stopped:
        trained(
            (1, 1, 2),
            progress=lambda done, total, note: seen.append(done),
            stop=asked,
            **arguments,
        )
    seen.clear()
    resumed, _ = trained(
        (1, 1, 2), progress=lambda done, total, note: seen.append(done), **arguments
    )
    # Several processes agree every 16 steps.
    assert seen[0] == stopped.value.step + 1 == 17
    seen.clear()
    recovered, _ = trained(
        (1, 1, 2),
        progress=lambda done, total, note: seen.append(done),
        checkpoints=folder / "run",
        config=CONFIG,
    )
    assert seen[0] in (3, 5)
    straight, _ = trained((1, 1, 2), config=CONFIG)
    if jax.process_index():
        return
    for ensemble in (resumed, recovered):
        found = numbers(ensemble)
        for name, wanted in numbers(straight).items():
            np.testing.assert_array_equal(found[name], wanted)


def lose_one(task, folder):
    """Starts two processes of which one is lost; what the other says and its code."""
    peers = first, second = start_peers(__file__, task, folder, HEARTBEAT)
    try:
        while True:
            # Polled first: process 1 is gone at once when it has said so.
            ended = [peer.poll() for peer in peers] != [None, None]
            if (folder / "lost").exists():
                break
            assert not ended, first.communicate()[0]
            time.sleep(0.1)
        said, _ = first.communicate(timeout=LONGEST)
    finally:
        for peer in peers:
            peer.kill()
            peer.communicate()
    assert second.returncode == -signal.SIGKILL
    return said, first.returncode


@pytest.fixture(scope="module")
def after_kill(tmp_path_factory):
    """The folder of a run that was killed, what the survivor said, and its code."""
    folder = tmp_path_factory.mktemp("killed")
    return folder, *lose_one("killed", folder)


def test_two_processes__one_is_killed_and_the_other_ends(after_kill):
    _, said, code = after_kill
    assert code not in (0, -signal.SIGKILL), said


def test_two_processes__one_hangs_and_the_other_ends(tmp_path):
    """Its connections stay, so only its silence tells."""
    said, code = lose_one("hung", tmp_path)
    assert code not in (0, -signal.SIGKILL), said
    assert "heartbeat" in said


def test_two_processes__go_on_bit_identical(after_kill):
    folder, *_ = after_kill
    run_peers(__file__, "restart", folder)


if __name__ == "__main__":
    be_peer(killed, hung, restart)
