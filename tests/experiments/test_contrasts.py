"""Contrasts where there is hardly anything to contrast."""

from types import SimpleNamespace

import numpy as np
import pytest

from experiments import contrasts
from experiments.configuration import Configuration
from experiments.workdir import Workdir
from gxjax.types import KINDS, Truth


@pytest.mark.parametrize("shown", [0, 1])
def test_contrast_tables__of_a_single_variant_there_are_none(
    tmp_path, monkeypatch, shown
):
    unknown = np.full(3, np.nan, np.float32)
    kind = np.array([KINDS.index("real"), 1, 1], np.int8)
    typed = np.arange(3) < shown
    truth = Truth(kind, np.full(3, -1, np.int32), unknown, unknown, typed)
    scores = np.ones((1, 2, 3), np.float32), (("saliency", "none"),)
    monkeypatch.setattr(contrasts, "load_cohort", lambda work: None)
    monkeypatch.setattr(contrasts, "load_scores", lambda *_: scores)
    arm = SimpleNamespace(truth=truth)
    monkeypatch.setattr(contrasts, "load_arm", lambda *_: arm)
    baseline, people = np.zeros((1, 3)), np.arange(2)
    tables = contrasts.contrast_tables(
        Configuration(), Workdir(tmp_path), None, None, people, baseline
    )
    assert tables == {}
