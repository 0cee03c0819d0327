"""Which of the eight simulated devices attribution is spread over."""

import pytest

from experiments.attribution_mesh import attribution_mesh


@pytest.mark.parametrize(
    ("text", "batch_size", "shape"),
    [
        ("auto", 64, (1, 8, 1)),
        ("auto", 20, (1, 1, 8)),
        ("2, 2,1", 20, (2, 2, 1)),
        ("1,1,1", 1, (1, 1, 1)),
    ],
)
def test_attribution_mesh__shapes(text, batch_size, shape):
    mesh = attribution_mesh(text, 4, batch_size)
    assert mesh.devices.shape == shape
    assert mesh.axis_names == ("member", "sample", "variant")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("all", "expected 'auto', or three positive whole numbers"),
        ("1,8", "expected 'auto', or three"),
        ("1,0,8", "expected 'auto', or three"),
        ("1,1,9", "9 devices; this host has 8"),
        ("3,1,1", r"first number must divide --members \(4\)"),
        ("1,3,1", r"second the people of a batch \(64"),
    ],
)
def test_attribution_mesh__raises_on_what_does_not_fit(text, message):
    with pytest.raises(ValueError, match=f"--attribution_mesh={text}: .*{message}"):
        attribution_mesh(text, 4, 64)
