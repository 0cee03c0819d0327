import sys
from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from gxjax.comparator.columns import cut, encoded, hide, teaching
from gxjax.genotypes import write_store
from gxjax.types import Block

module = sys.modules["gxjax.comparator.columns"]


@pytest.mark.parametrize("columns", [np.arange(47), np.array([2, 29, 30, 35, 36, 46])])
def test_encoded__equals_a_naive_reading(study, columns, monkeypatch):
    monkeypatch.setattr(module, "_PEOPLE", 7)
    monkeypatch.setattr(module, "_OCTETS", 2)
    people = np.array([200, 3, 3, 17, 0, 239, 55, 56])
    found = encoded(study.inputs.arm, people, columns)
    assert found.dtype == np.float32
    assert found.flags.f_contiguous
    assert_allclose(found, study.z[np.ix_(people, columns)], atol=1e-5)


def test_encoded__no_columns_and_one(study):
    people = np.arange(5)
    assert encoded(study.inputs.arm, people, np.arange(0)).shape == (5, 0)
    found = encoded(study.inputs.arm, people, np.array([33]))
    assert_allclose(found, study.z[:5, [33]], atol=1e-5)


def test_encoded__of_a_store(study, tmp_path):
    arm = study.inputs.arm
    stored = tuple(
        Block(
            write_store(block.packed, tmp_path / str(i), bits=block.bits),
            block.rows,
            block.count,
            block.bits,
        )
        for i, block in enumerate(arm.blocks)
    )
    people = np.array([9, 200, 1])
    found = encoded(replace(arm, blocks=stored), people, np.arange(47))
    assert_array_equal(found, encoded(arm, people, np.arange(47)))


def test_cut__covers_everything_once(monkeypatch):
    monkeypatch.setattr(module, "_STRIP", 400)
    parts = list(cut(23, 20))
    assert [each.stop - each.start for each in parts] == [5, 5, 5, 5, 3]
    assert [each.stop for each in parts] == [5, 10, 15, 20, 23]
    assert len(list(cut(3, 10**9))) == 3


def test_teaching__leaves_out_untyped_and_constant_columns(make_study):
    codes = np.array([[0, 0, 1], [0, 1, 2], [0, 2, 0], [0, 1, 1]] * 3, np.uint8)
    typed = np.array([True, True, False])
    arm = make_study([(codes, 2, None)], np.arange(12.0), typed=typed).inputs.arm
    assert_array_equal(arm.truth.shown, typed)
    assert_array_equal(teaching(arm), [1])
    scores = hide(np.array([np.nan, 2.0, 3.0]), arm)
    assert_array_equal(scores, [-np.inf, 2.0, -np.inf])


def test_teaching__raises_where_nothing_varies(make_study):
    codes = np.zeros((8, 2), np.uint8)
    arm = make_study([(codes, 2, None)], np.arange(8.0)).inputs.arm
    with pytest.raises(ValueError, match="none of 2 columns"):
        teaching(arm)
