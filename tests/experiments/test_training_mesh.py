"""Which of the eight simulated devices training is spread over."""

import jax
import pytest

from experiments.training_mesh import training_mesh


@pytest.mark.parametrize(
    ("text", "members", "shape"),
    [
        ("auto", 10, (1, 1, 1)),  # simulated devices bring nothing
        ("2, 2,1", 4, (2, 2, 1)),
        ("1,1,1", 5, (1, 1, 1)),
    ],
)
def test_training_mesh__shapes(text, members, shape):
    mesh = training_mesh(text, members, 64)
    assert mesh.devices.shape == shape
    assert mesh.axis_names == ("member", "sample", "variant")


def test_training_mesh__has_neighbours_along_variant():
    mesh = training_mesh("2,1,4", 2, 64)
    assert [device.id for device in mesh.devices[0, 0]] == [0, 1, 2, 3]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("all", "expected 'auto', or three positive whole numbers"),
        ("1,8", "expected 'auto', or three"),
        ("1,0,8", "expected 'auto', or three"),
        ("1,1,16", "16 devices; this host has 8"),
        ("3,1,1", r"first number must divide --members \(4\)"),
        ("1,3,1", r"second the people of a batch .* \(64, see"),
        ("1,1,3", "its third 16"),
    ],
)
def test_training_mesh__raises_on_what_does_not_fit(text, message):
    with pytest.raises(ValueError, match=f"--training_mesh={text}: .*{message}"):
        training_mesh(text, 4, 64)


def test_training_mesh__raises_where_a_process_would_have_no_device(monkeypatch):
    monkeypatch.setattr(jax, "process_count", lambda: 2)
    with pytest.raises(ValueError, match="on 1 of 2 processes; the 2 processes have 8"):
        training_mesh("1,1,1", 4, 64)
