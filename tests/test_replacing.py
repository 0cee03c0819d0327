"""A file is there whole or not at all."""

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
