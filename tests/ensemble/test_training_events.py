"""TensorBoard events: what is written is read back, and a crash doubles nothing."""

import struct
import sys

import pytest

from gxjax.ensemble.roofline import Speed
from gxjax.ensemble.training_events import TrainingEvents


def rows(epoch, members=2, score=0.5):
    return [
        {
            "member": member,
            "epoch": epoch,
            "learning_rate": 1e-3,
            "train_loss": 1.0 / epoch,
            "validation_loss": 2.0 / epoch,
            "score_name": "r2",
            "validation_score": score + member,
            "validation_score_1": score,
            "best_epoch": epoch,
            "stopped": False,
        }
        for member in range(members)
    ]


def records(path):
    """The events of a file, up to the first that is cut off."""
    from tensorboardX.proto.event_pb2 import Event

    data, at = path.read_bytes(), 0
    while at + 12 <= len(data):
        (length,) = struct.unpack_from("<Q", data, at)
        body = data[at + 12 : at + 12 + length]
        if len(body) < length:
            return
        yield Event.FromString(body)
        at += length + 16


def shown(folder):
    """{tag: [(step, value), ...]}, as TensorBoard shows the files of a run.

    By its rule: where a session starts, what older files have from its step on goes.
    """
    from tensorboardX.proto.event_pb2 import SessionLog

    series = {}
    for path in sorted(folder.glob("events.out.tfevents.*")):
        for event in records(path):
            if event.session_log.status == SessionLog.START:
                for tag, points in series.items():
                    series[tag] = [p for p in points if p[0] < event.step]
            for value in event.summary.value:
                points = series.setdefault(value.tag, [])
                points.append((event.step, value.simple_value))
    return series


def test_training_events__are_read_back(tmp_path):
    with TrainingEvents(tmp_path / "events", 2) as events:
        events.speed(10, Speed(100.0, 2, {"roofline_share": 0.5}))
        events.epoch(10, rows(1))
        events.epoch(20, rows(2))
    run = shown(tmp_path / "events")
    assert run == {
        "speed/people_per_second": [(10, 100.0)],
        "speed/people_members_per_second": [(10, 200.0)],
        "speed/roofline_share": [(10, 0.5)],
    }
    member = shown(tmp_path / "events" / "member_1")
    assert set(member) == {
        "learning_rate",
        "train_loss",
        "validation_loss",
        "validation_r2",
        "validation_r2_1",
    }
    assert member["train_loss"] == [(10, 1.0), (20, 0.5)]
    assert member["validation_r2"] == [(10, 1.5), (20, 1.5)]
    assert shown(tmp_path / "events" / "member_0")["validation_r2"][0] == (10, 0.5)


def test_training_events__no_step_is_doubled_after_a_crash(tmp_path):
    lost = TrainingEvents(tmp_path, 1)
    for epoch in (1, 2, 3):
        lost.epoch(10 * epoch, rows(epoch, members=1, score=0.0))
    # Not closed: the process is gone. Training goes on from the end of epoch 1.
    with TrainingEvents(tmp_path, 1, done=10) as events:
        events.epoch(20, rows(2, members=1, score=0.75))
    assert shown(tmp_path / "member_0")["validation_r2"] == [(10, 0.0), (20, 0.75)]
    lost.close()


def test_training_events__a_fresh_start_hides_what_was_there(tmp_path):
    with TrainingEvents(tmp_path, 1) as events:
        events.epoch(5, rows(1, members=1))
    with TrainingEvents(tmp_path, 1) as events:
        events.epoch(10, rows(1, members=1, score=0.25))
    assert shown(tmp_path / "member_0")["validation_r2"] == [(10, 0.25)]


def test_training_events__epoch_is_on_the_disk_when_it_returns(tmp_path):
    with TrainingEvents(tmp_path, 1) as events:
        events.speed(10, Speed(1.0, 1, {}))
        events.epoch(10, rows(1, members=1))
        assert shown(tmp_path)["speed/people_per_second"] == [(10, 1.0)]
        assert shown(tmp_path / "member_0")["train_loss"] == [(10, 1.0)]


def test_training_events__nothing_without_a_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(sys.modules, "tensorboardX", None)
    with TrainingEvents(None, 2) as events:
        events.epoch(10, rows(1))
        events.speed(10, Speed(1.0, 2, {}))
    assert list(tmp_path.iterdir()) == []


def test_training_events__raises_on_a_library_that_is_absent(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "tensorboardX", None)
    with pytest.raises(ValueError, match=r"pip install 'gxjax\[tensorboard\]'"):
        TrainingEvents(tmp_path / "events", 1)


def test_training_events__raises_on_a_folder_that_is_a_file(tmp_path):
    (tmp_path / "events").write_text("")
    with pytest.raises(FileExistsError):
        TrainingEvents(tmp_path / "events", 1)
