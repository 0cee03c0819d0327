"""History rows: members' own rates, several phenotypes, and no clock in them."""

import json

import numpy as np
import pytest

from gxjax.ensemble.history import history_rows, learning_rate, progress_note
from gxjax.ensemble.member import Best
from gxjax.ensemble.roofline import Speed
from gxjax.ensemble.training_config import TrainingConfig

MEMBERS = 3
BEST = Best(None, None, None, np.array([1, 2, 2]), np.array([True, False, False]))
VALUES = {
    "train_loss": np.float32([0.5, 0.25, 0.125]),
    "validation_loss": np.float32([0.75, 0.5, 0.25]),
    "validation_score": np.float32([0.1, 0.2, 0.3]),
}


def rows(rate=1e-3, **changes):
    return history_rows(2, rate, "r2", {**VALUES, **changes}, BEST)


def test_history_rows__one_per_member():
    found = rows()
    assert [row["member"] for row in found] == [0, 1, 2]
    assert [row["train_loss"] for row in found] == [0.5, 0.25, 0.125]
    assert [row["best_epoch"] for row in found] == [1, 2, 2]
    assert [row["stopped"] for row in found] == [True, False, False]
    assert {row["learning_rate"] for row in found} == {1e-3}


def test_history_rows__members_have_rates_of_their_own():
    found = rows(rate=np.array([1e-3, 1e-4, 1e-5]))
    assert [row["learning_rate"] for row in found] == [1e-3, 1e-4, 1e-5]


def test_history_rows__mean_and_columns_of_several_phenotypes():
    scores = np.array([[0.1, 0.3], [0.2, 0.6], [0.0, np.nan]])
    found = rows(validation_score=scores)
    assert [row["validation_score"] for row in found[:2]] == pytest.approx([0.2, 0.4])
    assert [row["validation_score_2"] for row in found[:2]] == [0.3, 0.6]
    # What is no number in one phenotype is never a best epoch, so none in the mean.
    assert np.isnan(found[2]["validation_score"])
    assert found[2]["validation_score_1"] == 0.0


def test_history_rows__one_phenotype_has_no_further_columns():
    flat, single = rows(), rows(validation_score=VALUES["validation_score"][:, None])
    assert flat == single
    assert not any(name.startswith("validation_score_") for name in flat[0])


def test_history_rows__survive_json_bit_for_bit():
    """A checkpoint keeps them as JSON, and a resumed run must end with the same."""
    found = rows(rate=np.full(MEMBERS, 1e-4) / 3)
    assert json.loads(json.dumps(found)) == found
    assert not {"seconds", "time"} & set(found[0])


def test_learning_rate__of_all_and_of_each_member():
    config = TrainingConfig(epochs=4, learning_rate=1e-3, cosine=False)
    assert learning_rate(config, 2, 10) == 1e-3
    half = 0.5 * (1 + np.cos(np.pi * 19 / 40))
    config = TrainingConfig(epochs=4, learning_rate=1e-3)
    assert learning_rate(config, 2, 10) == pytest.approx(1e-3 * half)
    config = TrainingConfig(epochs=4, learning_rate=(1e-3, 1e-4))
    assert learning_rate(config, 2, 10) == pytest.approx([1e-3 * half, 1e-4 * half])


def test_progress_note__says_what_is_known():
    assert progress_note([]) == "epoch 1"
    history = rows(validation_score=np.float32([0.411, 0.412, 0.413]))
    assert progress_note(history) == "epoch 3, validation r2 0.412"
    unknown = Speed(135.0, 10, {})
    assert progress_note([], unknown) == "epoch 1, 1,350 people x members/s"
    known = Speed(135.0, 10, {"roofline_share": 0.61})
    assert progress_note(history, known) == (
        "epoch 3, validation r2 0.412, 1,350 people x members/s, 61 % of roofline"
    )
