"""Two builders never meet in one folder, and a killed one is in nobody's way."""

import errno
import fcntl
import os
import signal
import subprocess
import sys

import numpy as np
import pytest

from gxjax.genotypes import open_store, store_lock, write_store
from gxjax.genotypes.store_lock import LOCK, locked

HOLDER = """
import sys, time
from pathlib import Path
from gxjax.genotypes.store_lock import locked
with locked(Path(sys.argv[1])):
    print("holds", flush=True)
    time.sleep(100)
"""


@pytest.fixture
def holder(tmp_path):
    """A process that holds the lock of the folder `s`."""
    child = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(tmp_path / "s")], stdout=subprocess.PIPE
    )
    with child:
        assert child.stdout.readline() == b"holds\n"
        yield child
        child.kill()


def test_locked__names_the_other_process(holder, tmp_path):
    host = os.uname().nodename
    message = rf"s: process {holder.pid} of {host} is building a store there"
    with pytest.raises(FileExistsError, match=message):
        write_store(np.ones((2, 3), np.uint8), tmp_path / "s")
    assert os.listdir(tmp_path / "s") == [LOCK.decode()]


def test_locked__takes_over_from_a_killed_process(holder, tmp_path):
    os.kill(holder.pid, signal.SIGKILL)
    holder.wait()
    assert (tmp_path / "s" / LOCK.decode()).exists()
    write_store(np.ones((2, 3), np.uint8), tmp_path / "s")
    assert open_store(tmp_path / "s")[:].tolist() == [[1] * 3] * 2
    assert not (tmp_path / "s" / LOCK.decode()).exists()


def hold(folder):
    with locked(folder):
        raise KeyError


def test_locked__is_held_within_a_process_too(tmp_path):
    with locked(tmp_path), pytest.raises(FileExistsError, match="is building a store"):
        hold(tmp_path)


def test_locked__ends_with_an_error(tmp_path):
    for _ in range(2):
        with pytest.raises(KeyError):
            hold(tmp_path)
    assert not os.listdir(tmp_path)


def test_locked__does_not_hold_a_file_that_its_last_owner_removed(
    tmp_path, monkeypatch
):
    """Opened before, locked after: another could make the file anew, and lock that."""
    calls = []

    def removing(handle, how):
        calls.append(handle)
        if len(calls) == 1:
            (tmp_path / LOCK.decode()).unlink()

    monkeypatch.setattr(store_lock.fcntl, "flock", removing)
    with locked(tmp_path):
        assert len(calls) == 2
        assert (tmp_path / LOCK.decode()).exists()


def test_locked__guards_nothing_where_the_file_system_has_no_locks(
    tmp_path, monkeypatch
):
    def unsupported(handle, how):
        raise OSError(errno.ENOLCK, "no locks available")

    monkeypatch.setattr(fcntl, "flock", unsupported)
    with locked(tmp_path), locked(tmp_path):
        pass


def test_locked__passes_on_another_error(tmp_path, monkeypatch):
    def failing(handle, how):
        raise OSError(errno.EIO, "disk on fire")

    monkeypatch.setattr(fcntl, "flock", failing)
    with pytest.raises(OSError, match="on fire"):
        hold(tmp_path)
