"""Damage to files, as disks, cut transfers and editors do it, for `test_mutations`."""

import os
from datetime import timedelta

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

EXAMPLES = int(os.environ.get("GXJAX_MUTATIONS", "40"))
"""Of each file; a night's run takes 5000."""

PROFILE = settings(
    max_examples=EXAMPLES,
    derandomize=EXAMPLES <= 100,
    deadline=timedelta(seconds=20),
    database=None,
    suppress_health_check=list(HealthCheck),
)


def _flip(octets, place, other, byte):
    return _put(octets, place, octets[place] ^ (1 << byte % 8))


def _put(octets, place, byte):
    return octets[:place] + bytes([byte]) + octets[place + 1 :]


def _swap(octets, place, other, byte):
    first, second = octets[place], octets[other]
    return _put(_put(octets, place, second), other, first)


def _cut(octets, place, other, byte):
    return octets[:place]


def _remove(octets, place, other, byte):
    return octets[: min(place, other)] + octets[max(place, other) :]


def _insert(octets, place, other, byte):
    return octets[:place] + bytes([byte]) + octets[place:]


def _zero(octets, place, other, byte):
    low, high = sorted((place, other))
    return octets[:low] + bytes(high - low) + octets[high:]


def _line(octets, place, times):
    lines = octets.splitlines(keepends=True)
    chosen = place * len(lines) // len(octets)
    return b"".join(
        line * (times if number == chosen else 1) for number, line in enumerate(lines)
    )


def _double_line(octets, place, other, byte):
    return _line(octets, place, 2)


def _remove_line(octets, place, other, byte):
    return _line(octets, place, 0)


CHANGES = (
    *(_flip, _swap, _cut, _remove, _insert, _zero, _double_line, _remove_line),
    lambda octets, place, other, byte: _put(octets, place, byte),
    lambda octets, place, other, byte: octets + octets[place:],
    lambda octets, place, other, byte: octets.replace(b"\n", b"\r\n"),
    lambda octets, place, other, byte: octets.replace(b"\t", b" "),
)


@st.composite
def damage(draw):
    """One to three changes, as a function of the octets."""
    place = st.integers(0, 2**31)
    step = st.tuples(st.sampled_from(CHANGES), place, place, st.integers(0, 255))
    steps = draw(st.lists(step, min_size=1, max_size=3))

    def apply(octets):
        for change, first, second, byte in steps:
            if octets:
                octets = change(octets, first % len(octets), second % len(octets), byte)
        return octets

    return apply
