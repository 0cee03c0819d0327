"""Packed columns, cut and put side by side, are those of the unpacked matrix."""

from dataclasses import replace

import numpy as np
import pytest

from gxjax.ensemble.packed_columns import packed_columns
from gxjax.genotypes.packed import byte_codes, pack, unpack
from gxjax.types import Block

PEOPLE = 9
COUNTS = (7, 1, 12, 2)


@pytest.fixture
def blocks():
    """Four blocks of every code; the second is a matrix that the last reads too."""
    draw = np.random.default_rng(4)
    packed = [
        pack(draw.integers(0, 4, (PEOPLE, count), dtype=np.uint8))
        for count in COUNTS[:-1]
    ]
    rows = [draw.permutation(PEOPLE).astype(np.int32) for _ in COUNTS]
    packed.append(packed[0][:, :1])
    return tuple(map(Block, packed, rows, (*COUNTS[:-1], 4)))


def expected(blocks):
    codes = [unpack(b.packed, b.count)[b.rows] for b in blocks]
    return np.concatenate(codes, axis=1)


def test_packed_columns__of_every_cut(blocks):
    """Every first column and width: bytes shift left, right, and not at all."""
    people = np.array([8, 0, 3, 3])
    codes = np.pad(expected(blocks)[people], ((0, 0), (0, 80)))
    total = sum(block.count for block in blocks)
    for first in range(total):
        for width in range(1, total + 2):
            found = packed_columns(blocks, people, first, 3, width)
            assert found.shape == (4, 3, -(-width // 4))
            for part in range(3):
                begin = first + part * width
                whole = np.zeros((4, 4 * found.shape[2]), np.uint8)
                wanted = codes[:, begin : begin + width]
                whole[:, : wanted.shape[1]] = wanted
                np.testing.assert_array_equal(
                    unpack(found[:, part], whole.shape[1]), whole
                )


def test_packed_columns__leave_what_they_read(blocks):
    before = [block.packed.copy() for block in blocks]
    packed_columns(blocks, np.arange(PEOPLE), 3, 2, 5)
    for block, kept in zip(blocks, before, strict=True):
        np.testing.assert_array_equal(block.packed, kept)


def test_packed_columns__reads_each_block_once_and_no_byte_too_many(blocks):
    read = []

    class Watched:
        def __init__(self, packed):
            self.packed = packed

        def __getitem__(self, index):
            read.append(index)
            return self.packed[index]

    seen = tuple(Block(Watched(b.packed), b.rows, b.count) for b in blocks)
    # Columns 5 to 12: two of the first block, the second, five of the third.
    packed_columns(seen, np.array([2, 5]), 5, 2, 4)
    assert [octets for _, octets in read] == [slice(1, 2), slice(0, 1), slice(0, 2)]
    for (rows, _), block in zip(read, blocks, strict=False):
        np.testing.assert_array_equal(rows, block.rows[[2, 5]])


def test_packed_columns__of_either_kind_have_eight_bits(blocks):
    """The first and third block have dosages; every cut, as of 2 bits."""
    draw = np.random.default_rng(5)
    codes = [
        draw.integers(0, 256, (PEOPLE, block.count), np.uint8)
        if number % 2 == 0
        else byte_codes(unpack(block.packed, block.count))
        for number, block in enumerate(blocks)
    ]
    mixed = tuple(
        replace(block, packed=codes[number], bits=8) if number % 2 == 0 else block
        for number, block in enumerate(blocks)
    )
    people = np.array([8, 0, 3, 3])
    parts = [own[block.rows[people]] for own, block in zip(codes, blocks, strict=True)]
    whole = np.pad(np.concatenate(parts, axis=1), ((0, 0), (0, 80)))
    for first in range(24):
        for width in (1, 3, 9, 25):
            found = packed_columns(mixed, people, first, 3, width)
            wanted = whole[:, first : first + 3 * width]
            np.testing.assert_array_equal(found, wanted.reshape(4, 3, width))
