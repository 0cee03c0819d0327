import numpy as np
import pandas as pd
import pytest

from gxjax.report.cautions import cautions


def history(*, members=3, best=0.2, name="r2"):
    rows = [("real", m, name, score) for m in range(members) for score in (-1.0, best)]
    return pd.DataFrame(
        rows, columns=["arm", "member", "score_name", "validation_score"]
    )


def deltas(*values):
    return pd.DataFrame({"method": "deeplift", "noise": "none", "delta": values})


def test_cautions__none_when_none_is_due():
    assert cautions(history(), deltas(0.009, -0.009, 5.0)) == []
    assert cautions(history(), deltas(np.nan)) == []
    assert cautions(history(), deltas()) == []


@pytest.mark.parametrize(
    ("learned", "words"),
    [
        (history(members=2), "Fewer than 3 members (real 2)"),
        (history(members=1), "Fewer than 3 members (real 1)"),
        (history(best=0.0), "not above 0 (real 0.000)"),
        (history(best=np.nan), "not above 0 (real -1.000)"),
        (history(best=0.5, name="auroc"), "not above 0.5"),
    ],
)
def test_cautions__of_the_networks(learned, words):
    (sentence,) = cautions(learned, deltas())
    assert words in sentence


def test_cautions__of_completeness_is_by_the_median_person():
    (sentence,) = cautions(history(), deltas(0.0, -0.02, 0.03))
    assert sentence.startswith("DeepLIFT: for half of the people")
    assert "by 2.0 % or more" in sentence


def test_cautions__of_several_arms_are_one_sentence():
    arms = [history(best=0.0), history(best=0.0).assign(arm="decoy")]
    (sentence,) = cautions(pd.concat(arms), deltas())
    assert "(real 0.000, decoy 0.000)" in sentence


def test_cautions__without_a_history():
    (sentence,) = cautions(history().iloc[:0], deltas())
    assert sentence.startswith("No training history was given")


def test_cautions__auroc_above_a_half_is_fine():
    assert cautions(history(best=0.51, name="auroc"), deltas()) == []
