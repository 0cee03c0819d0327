"""What the flags alone give away is said before the first stage."""

import dataclasses
import sys

import pytest

from experiments.attribute import score_columns
from experiments.benchmark import check_flags as check_all
from experiments.configuration import (
    AttributionFlags,
    BenchmarkFlags,
    Configuration,
    FaithfulnessFlags,
    TruthFlags,
)
from experiments.evaluate import check_flags as check_benchmark
from experiments.plant_truth import check_flags
from gxjax.attribution import METHODS
from gxjax.types import COMPARATORS


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


@pytest.mark.parametrize("name", COMPARATORS)
def test_score_columns__raises_on_the_name_of_a_comparator(columns, name):
    with pytest.raises(ValueError, match=f"mine:{name} has the name of a comparator"):
        columns(GOOD.replace("method", name), f"mine:{name}")


@pytest.mark.parametrize("word", [":method", ".mine:method", "mine:"])
def test_score_columns__raises_on_a_name_that_is_no_module(columns, word):
    with pytest.raises(ValueError, match="--methods: importing"):
        columns(GOOD, word)


@pytest.mark.parametrize("strength", ["big", "nan", "-1", "inf", ""])
def test_check_flags__raises_on_a_strength(strength):
    with pytest.raises(ValueError, match=f"--strength={strength}: expected"):
        check_flags(Configuration(truth=TruthFlags(strength=strength)))


def test_check_flags__raises_without_a_spikein():
    none = TruthFlags(additive=0, dominant=0, recessive=0, epistatic_pairs=0)
    with pytest.raises(ValueError, match="are all 0"):
        check_flags(Configuration(truth=none))


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"composite_quantile": 0.975}, r"0\.975: expected one of 0\.8, .*0\.99"),
        ({"composite_weights": (1.0, 1.0)}, "1.0,1.0: expected three"),
        ({"composite_weights": (0.0, 0.0, 0.0)}, "at least above 0"),
        ({"fdr": (0.1, 1.0)}, "expected rates between 0 and 1"),
        ({"bootstrap_draws": 100}, "at least 560 for 8 score columns"),
    ],
)
def test_check_benchmark__raises(wrong, message):
    check_benchmark(Configuration(benchmark=BenchmarkFlags(composite_quantile=0.95)))
    with pytest.raises(ValueError, match=message):
        check_benchmark(Configuration(benchmark=BenchmarkFlags(**wrong)))


def test_check_flags__raises_on_contrasts_of_a_single_variant():
    for count in (0, 2):
        check_all(
            Configuration(faithfulness=FaithfulnessFlags(contrast_variants=count))
        )
    wrong = Configuration(faithfulness=FaithfulnessFlags(contrast_variants=1))
    with pytest.raises(ValueError, match="--contrast_variants=1: a pair needs two"):
        check_all(wrong)


def test_check_benchmark__raises_on_ld_that_is_not_kept():
    flags = FaithfulnessFlags(ld_r2=0.05)
    with pytest.raises(ValueError, match=r"--ld_r2=0.05: expected at least --ld_least"):
        check_benchmark(Configuration(faithfulness=flags))


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"three_way": 2}, "--three_way=2: spike-ins know no such thing"),
        ({"truth": "generative", "causal_maf": (0.4, 0.2)}, "least and the greatest"),
        ({"truth": "generative", "causal_maf": (0.4,)}, "least and the greatest"),
        ({"truth": "generative", "train_only": True}, "--train_only is for spike-ins"),
        ({"truth": "generative", "additive_h2": 0.9}, "add up to 1.2"),
        ({"truth": "generative", "gene_by_sex": 3}, "--gene_by_sex_h2=0"),
        ({"truth": "generative", "causal_r2": 0.05}, "--causal_r2=0.05: expected at"),
        ({"truth": "generative", "twin_r2": 0.05}, "--twin_r2=0.05: expected at least"),
        ({"untyped_causal": True}, "--untyped_causal=True: spike-ins know"),
    ],
)
def test_check_truth__raises(wrong, message):
    with pytest.raises(ValueError, match=message):
        check_flags(Configuration(truth=TruthFlags(**wrong)))
