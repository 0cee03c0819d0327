"""What the flags alone give away is said before the first stage."""

import dataclasses
import sys

import pytest

from experiments.attribute import score_columns
from experiments.configuration import (
    AttributionFlags,
    BenchmarkFlags,
    Configuration,
    TruthFlags,
)
from experiments.evaluate import check_quantile
from experiments.plant_truth import check_flags
from gxjax.attribution import METHODS


@pytest.fixture
def columns(tmp_path, monkeypatch):
    """`columns(source, methods) -> score_columns` with source as module `mine`."""
    before = dict(METHODS)

    def call(source, *methods, noise=("none",)):
        (tmp_path / "mine.py").write_text(source)
        monkeypatch.syspath_prepend(tmp_path)
        monkeypatch.delitem(sys.modules, "mine", raising=False)
        flags = AttributionFlags(methods=methods, noise=noise)
        return score_columns(dataclasses.replace(Configuration(), attribution=flags))

    yield call
    METHODS.clear()
    METHODS.update(before)


GOOD = "def method(f, x, *, baseline, key):\n    return x - baseline\n"


def test_score_columns__takes_a_method_of_ones_own_and_each_pair_once(columns):
    found = columns(GOOD, "mine:method", "mine:method", noise=("none", "none"))
    assert found == [("method", "none")]


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("def method(f, x, baseline):\n    return x\n", "raises TypeError.*'key'"),
        (GOOD.replace("x - baseline", "f(x)"), "expected multipliers"),
        (GOOD.replace("x - baseline", "None"), "expected multipliers"),
        (GOOD.replace("x - baseline", "float(f(x))"), "raises ConcretizationTypeError"),
        ("method = 3\n", "is no function but 3"),
        ("def method(:\n", "SyntaxError"),
        ("raise RuntimeError('no licence')\n", "RuntimeError: no licence"),
        ("", "AttributeError"),
    ],
)
def test_score_columns__raises_on_a_method_that_can_not_work(columns, source, message):
    with pytest.raises(ValueError, match=rf"--methods.*mine:method.*{message}"):
        columns(source, "mine:method")


@pytest.mark.parametrize("word", [":method", ".mine:method", "mine:"])
def test_score_columns__raises_on_a_name_that_is_no_module(columns, word):
    with pytest.raises(ValueError, match="--methods: importing"):
        columns(GOOD, word)


@pytest.mark.parametrize("strength", ["big", "nan", "-1", "inf", ""])
def test_check_flags__raises_on_a_strength(strength):
    with pytest.raises(ValueError, match=f"--strength={strength}: expected"):
        check_flags(TruthFlags(strength=strength))


def test_check_flags__raises_without_a_spikein():
    with pytest.raises(ValueError, match="are all 0"):
        check_flags(TruthFlags(0, 0, 0, 0))


def test_check_quantile__raises_where_no_table_has_rows():
    check_quantile(BenchmarkFlags(0.95))
    with pytest.raises(ValueError, match=r"0\.975: expected one of 0\.8, .*0\.99"):
        check_quantile(BenchmarkFlags(0.975))
