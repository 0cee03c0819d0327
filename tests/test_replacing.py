"""A file is there whole or not at all."""

import os
import subprocess
import sys

import pytest

from gxjax.replacing import replacing


def test_replacing__renames_at_the_end(tmp_path):
    with replacing(tmp_path / "a.txt") as temporary:
        temporary.write_text("new")
        assert not (tmp_path / "a.txt").exists()
    assert [path.name for path in tmp_path.iterdir()] == ["a.txt"]
    assert (tmp_path / "a.txt").read_text() == "new"


def fail_halfway(path):
    with replacing(path) as temporary:
        temporary.write_text("half")
        raise RuntimeError("stop")


def test_replacing__keeps_the_old_file_after_an_exception(tmp_path):
    (tmp_path / "a.txt").write_text("old")
    with pytest.raises(RuntimeError, match="stop"):
        fail_halfway(tmp_path / "a.txt")
    assert [path.name for path in tmp_path.iterdir()] == ["a.txt"]
    assert (tmp_path / "a.txt").read_text() == "old"


def test_replacing__removes_what_a_killed_process_left(tmp_path):
    script = (
        "import os, signal, sys\n"
        "from gxjax.replacing import replacing\n"
        "with replacing(sys.argv[1]) as temporary:\n"
        "    temporary.write_text('half')\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    for name in ("a.[t]", "b"):
        subprocess.run([sys.executable, "-c", script, tmp_path / name], check=False)
    (left,) = tmp_path.glob(".a*")
    number = int(left.name.split(".")[-2])
    kept = [
        # Of another host, of a process that runs, and of another target.
        left.with_name(f".a.[t].elsewhere.{number}.tmp"),
        left.with_name(left.name.replace(f".{number}.", f".{os.getppid()}.")),
        *tmp_path.glob(".b*"),
    ]
    for path in kept:
        path.write_text("half")
    with replacing(tmp_path / "a.[t]") as temporary:
        temporary.write_text("new")
    assert {*tmp_path.iterdir()} == {tmp_path / "a.[t]", *kept}
