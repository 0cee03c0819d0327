"""What a device says of its memory, and what a user allows of it."""

from types import SimpleNamespace

import numpy as np
import pytest

from gxjax.device_limit import device_limit


def mesh_of(*limits):
    """A mesh of one process whose devices say so; None: they say nothing."""
    stats = [None if limit is None else {"bytes_limit": limit} for limit in limits]
    devices = [
        SimpleNamespace(memory_stats=lambda found=found: found, process_index=0)
        for found in stats
    ]
    return SimpleNamespace(devices=np.asarray(devices), local_devices=devices)


@pytest.mark.parametrize(
    ("limits", "allowed", "expected"),
    [
        ((None,), None, None),
        ((None,), 70, 70),
        ((100, 90), None, 90),
        ((100, None), 70, 70),
        ((100, 60), 70, 60),
    ],
)
def test_device_limit__is_the_least(limits, allowed, expected):
    assert device_limit(mesh_of(*limits), allowed) == expected
