"""What training says before it takes any memory."""

import pytest

from experiments.train_ensembles import say_plan
from gxjax.ensemble.training_memory import TrainingPlan

GIB = 2**30
PLAN = TrainingPlan(
    parameters=20 * GIB,
    moments=40 * GIB,
    best=20 * GIB,
    genotypes=38 * GIB,
    tables=GIB,
    temporaries=24 * GIB,
    resident=False,
    compiled=False,
    mesh=(16, 16, 16),
    advice=(),
    limit=10_000 * GIB,
)


@pytest.mark.parametrize(
    ("limit", "last"),
    [
        (160 * GIB, "limit 160.00 GiB, 89 % of it planned"),
        (None, "no limit known: the device does not tell, and none was given"),
        (100 * GIB, "limit 100.00 GiB, 143 % of it planned"),
    ],
)
def test_say_plan__prints_parts_total_and_limit(capsys, limit, last):
    say_plan(PLAN._replace(limit=limit))
    lines = capsys.readouterr().out.splitlines()
    assert [" ".join(line.split()) for line in lines] == [
        "memory per device, of 16 x 16 x 16 along member, sample, variant:",
        "parameters 20.00 GiB",
        "moments 40.00 GiB",
        "best epochs 20.00 GiB",
        "genotypes, batches under way 38.00 GiB",
        "tables 1.00 GiB",
        "gradients, activations (estimated) 24.00 GiB",
        "total 143.00 GiB",
        last,
    ]


def test_say_plan__fits_a_line(capsys):
    say_plan(PLAN)
    assert max(map(len, capsys.readouterr().out.splitlines())) <= 88
