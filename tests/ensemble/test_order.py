"""The order of people: a function of key and epoch, shared or each member's own."""

import numpy as np
import pytest

from gxjax.ensemble.order import Order

PEOPLE = np.arange(100, 150)


def epoch_of(order, epoch, start=0):
    return np.concatenate(list(order.batches(epoch, start)), axis=-1)


def test_order__sees_everybody_once_and_shuffles_every_epoch(key):
    order = Order(key, PEOPLE, 10)
    first, second = epoch_of(order, 0), epoch_of(order, 1)
    assert sorted(first) == sorted(second) == PEOPLE.tolist()
    assert first.tolist() != second.tolist()
    assert first.dtype == np.int32


def test_order__leaves_out_a_smaller_last_batch(key):
    order = Order(key, PEOPLE, 12)
    assert order.steps == 4
    assert [len(batch) for batch in order.batches(0)] == [12] * 4


def test_order__goes_on_in_the_middle_of_an_epoch(key):
    order = Order(key, PEOPLE, 10)
    np.testing.assert_array_equal(epoch_of(order, 3, 2), epoch_of(order, 3)[20:])


def test_order__members_have_their_own(key):
    members = np.arange(3)
    order = Order(key, PEOPLE, 10, members)
    own = epoch_of(order, 0)
    assert own.shape == (3, 50)
    assert all(sorted(row) == PEOPLE.tolist() for row in own)
    assert own[0].tolist() != own[1].tolist()
    # A member's order is its own, whoever else is there.
    alone = epoch_of(Order(key, PEOPLE, 10, members[2:]), 0)
    np.testing.assert_array_equal(alone[0], own[2])


@pytest.mark.parametrize("epoch", [0, 5])
def test_order__bootstrap_is_one_draw_for_the_whole_run(key, epoch):
    order = Order(key, PEOPLE, 10, np.arange(2), bootstrap=True)
    seen, first = epoch_of(order, epoch), epoch_of(order, 0)
    np.testing.assert_array_equal(np.sort(seen), np.sort(first))
    # Of 50 people drawn with replacement, 63 % are expected.
    for row in seen:
        assert 20 <= len(set(row.tolist())) <= 44
    assert set(seen[0].tolist()) != set(seen[1].tolist())
