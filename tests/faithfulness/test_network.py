import numpy as np
import pytest

from gxjax.faithfulness import network
from gxjax.faithfulness.network import (
    activations,
    check_dosages,
    check_member,
    outputs,
    replaced_changes,
    variant_count,
)

KINDS = ("curved", "indicators")


@pytest.mark.parametrize("kind", KINDS)
def test_outputs__are_those_of_the_whole_network(kind, make_front, whole, people):
    front = make_front(kind)
    for member in range(2):
        f = whole(front, member)
        found = outputs(front, member, activations(front, member, people))
        assert found == pytest.approx([float(f(x)) for x in people], abs=1e-5)


@pytest.mark.parametrize("room", [2**25, 700])
@pytest.mark.parametrize("kind", KINDS)
def test_replaced_changes__lead_to_the_network_at_the_replaced_genotype(
    kind, room, make_front, whole, people, baseline, monkeypatch
):
    """In one tile, and in many, of which the last overlaps the one before."""
    monkeypatch.setattr(network, "_ROOM", room)
    front, x, other = make_front(kind), people[1], baseline[0]
    assert (network.tiles_for(front, 7) > 1) == (room == 700)
    chosen = np.random.default_rng(1).random((7, len(x))) < 0.4
    h = activations(front, 1, people[1:2])
    found = outputs(front, 1, h - replaced_changes(front, 1, x, other, chosen))
    f = whole(front, 1)
    expected = [float(f(np.where(row, other, x))) for row in chosen]
    assert found == pytest.approx(expected, abs=1e-5)


def test_variant_count__counts_variants_not_channels(make_front):
    assert variant_count(make_front("indicators")) == 24


def test_check_member__raises_on_a_network_that_is_not_there(make_front):
    with pytest.raises(ValueError, match="found 2, but the front has 2"):
        check_member(make_front(), 2)


def test_check_dosages__raises_on_shape_and_nan(make_front, people):
    with pytest.raises(ValueError, match=r"x: found shape \(5, 23\)"):
        check_dosages(make_front(), "x", people[:, 1:], 2)
    people[0, 0] = np.nan
    with pytest.raises(ValueError, match="expected finite"):
        check_dosages(make_front(), "x", people, 2)
