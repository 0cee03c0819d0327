"""The memory plan: exact where it says so, made of shapes alone, with advice."""

import collections
import dataclasses

import jax
import numpy as np
import pytest

from gxjax.ensemble import MLP, TrainingConfig, train
from gxjax.ensemble.mesh import make_mesh
from gxjax.ensemble.outcome import evaluate
from gxjax.ensemble.training_memory import TrainingPlan, check_plan, settle
from gxjax.ensemble.training_run import begin, start

# A run on a mesh is the same in every test, and takes seconds to compile.
KNOWN = {}
CONFIG = TrainingConfig(epochs=1, batch_size=32, bfloat16_moments=True)


@pytest.fixture
def planned(key, arm, phenotype, split):
    """A run on a mesh, and the plans that were announced for it."""

    def call(shape, *, resident=True, config=CONFIG, max_memory=None):
        wanted = shape, resident, config, max_memory
        if wanted not in KNOWN:
            KNOWN[wanted] = make(*wanted)
        return KNOWN[wanted]

    def make(shape, resident, config, max_memory):
        plans = []
        # With more rows than batches have: else streaming would take more.
        tall = np.concatenate([arm.blocks[0].packed] * 8)
        blocks = tuple(dataclasses.replace(block, packed=tall) for block in arm.blocks)
        run = begin(
            key,
            dataclasses.replace(arm, blocks=blocks),
            phenotype,
            split,
            model=MLP((8,)),
            config=config,
            members=2,
            trait="quantitative",
            mesh=make_mesh(shape, members=2, granules=16),
            resident=resident,
            max_memory=max_memory,
            announce=plans.append,
        )
        return run, plans[-1]

    return call


def bytes_by_device(tree):
    """What live arrays hold, an array that comes twice counted once."""
    held = collections.Counter()
    for leaf in {id(leaf): leaf for leaf in jax.tree.leaves(tree)}.values():
        for shard in leaf.addressable_shards:
            held[shard.device] += shard.data.nbytes
    return held


def every(mesh, count):
    return dict.fromkeys(mesh.devices.flat, count)


@pytest.mark.parametrize("shape", [(1, 1, 1), (2, 1, 4), (1, 1, 8)])
def test_training_plan__is_what_the_devices_hold(planned, shape):
    run, plan = planned(shape)
    state, best, _ = start(run)
    mesh, placed = run.feed.mesh, run.feed.arm
    for tree, count in (
        (state._replace(moments=()), plan.parameters),
        (state.moments, plan.moments),
        (best, plan.best),
        (placed.packed, plan.genotypes),
        ((placed._replace(packed=None), run.placed), plan.tables),
    ):
        assert bytes_by_device(tree) == every(mesh, count)
    assert plan.compiled
    assert plan.temporaries > 0


def test_training_plan__falls_with_devices(planned):
    one, eight = planned((1, 1, 1))[1], planned((2, 1, 4))[1]
    assert eight.genotypes * 4 == one.genotypes
    assert eight.parameters < one.parameters / 6
    assert eight.moments < one.moments / 6
    assert eight.temporaries < one.temporaries / 2


@pytest.mark.parametrize(
    ("order", "size", "largest"),
    [("shared", 32, "validation"), ("own", 256, "training")],
)
def test_training_plan__of_streamed_genotypes_is_batches(planned, order, size, largest):
    """Whose are larger: of 32 people, 256 are predicted at a time."""
    config = TrainingConfig(epochs=1, batch_size=size, data_order=order)
    run, plan = planned((2, 1, 4), resident=False, config=config)
    assert run.feed.arm.packed is None
    people = {
        "training": next(iter(run.order.batches(0))),
        "validation": np.arange(256, dtype=np.int32),
    }
    batch = next(iter(run.feed.batches([people[largest]])))
    assert bytes_by_device(batch) == every(run.feed.mesh, plan.genotypes // 4)


@pytest.fixture
def compiled():
    """The names of the functions that a test compiles."""
    names = []

    def listen(event, seconds, **of):
        if "backend_compile" in event:
            names.append(of["fun_name"])

    jax.monitoring.register_event_duration_secs_listener(listen)
    yield names
    jax.monitoring.clear_event_listeners()


def test_training_plan__compiles_what_the_run_calls(
    key, arm, phenotype, split, compiled
):
    """Planning costs no second compilation of anything."""
    mesh = make_mesh((2, 1, 4), members=2, granules=16)
    plans = []

    def announce(plan):
        plans.append(plan)
        compiled.append("the plan")

    settings = {"config": CONFIG, "members": 2, "mesh": mesh, "announce": announce}
    train(key, arm, phenotype, split, model=MLP((8,)), **settings)
    names = ["init", "step", "predict_batch", "keep_best"]
    ours = [name for name in compiled if name in {f"jit({name})" for name in names}]
    assert ours == [f"jit({name})" for name in names]
    before = compiled[: compiled.index("the plan")]
    assert set(ours) <= set(before)


class Spy:
    """A compiled function, and the most that it was seen to need beside its arguments.

    This is the compiler's account of a call with real arrays.
    """

    def __init__(self, function):
        self.function, self.needed = function, 0

    def __call__(self, *given):
        found = self.function.lower(*given).compile().memory_analysis()
        results = found.output_size_in_bytes - found.alias_size_in_bytes
        self.needed = max(self.needed, found.temp_size_in_bytes + results)
        return self.function(*given)


@pytest.mark.parametrize("order", ["shared", "own"])
def test_training_plan__counts_what_validation_needs(planned, order):
    """Beside batches of 32 people, the 256 that are predicted at a time need most."""
    config = dataclasses.replace(CONFIG, data_order=order)
    run, plan = planned((1, 1, 1), config=config)
    spy = Spy(run.program.predict)
    watched = run._replace(program=run.program._replace(predict=spy))
    evaluate(watched, start(run).state)
    assert spy.needed == plan.temporaries > 0


def test_settle__streams_only_what_does_not_fit(planned):
    _, whole = planned((1, 1, 1))
    plans = {True: whole, False: whole._replace(resident=False, genotypes=0)}
    told, limit = [], whole.total
    assert settle(plans.get, None, limit, told.append) is True
    assert settle(plans.get, None, limit - 1, told.append) is False
    assert settle(plans.get, None, None, None) is True
    assert told == [
        whole._replace(limit=limit),
        plans[False]._replace(limit=limit - 1),
    ]
    with pytest.raises(ValueError, match="stream the genotypes"):
        settle(plans.get, True, whole.total - 1, told.append)


def test_begin__refuses_before_it_allocates(planned, monkeypatch):
    monkeypatch.setattr("gxjax.ensemble.training_run.make_feed", None)
    with pytest.raises(ValueError, match=r"training takes .* of every device"):
        planned((1, 1, 1), max_memory=1000)


GIB = 2**30
PLAN = TrainingPlan(
    parameters=20 * GIB,
    moments=40 * GIB,
    best=20 * GIB,
    genotypes=38 * GIB,
    tables=GIB,
    temporaries=24 * GIB,
    resident=True,
    compiled=True,
    mesh=(1, 1, 1),
    advice=(("stream", 106 * GIB), ("fewer members", 93 * GIB)),
)


def test_check_plan__says_what_is_enough():
    assert PLAN.total == 143 * GIB
    check_plan(PLAN, PLAN.total)
    check_plan(PLAN, None)
    with pytest.raises(ValueError, match=r"143\.00 GiB of every device") as raised:
        check_plan(PLAN, 100 * GIB)
    text = str(raised.value)
    assert "expected at most 100.00 GiB" in text
    assert "stream (about 106.00 GiB, not enough alone)" in text
    assert "fewer members (about 93.00 GiB)" in text


def test_lines__have_one_part_each():
    lines = PLAN._replace(limit=160 * GIB).lines()
    assert len(lines) == 9
    numbers = [float(line.split(" GiB")[0].split()[-1]) for line in lines[1:]]
    np.testing.assert_allclose(numbers, [20, 40, 20, 38, 1, 24, 143, 160])
    assert lines[-2].split() == ["total", "143.00", "GiB"]
    assert " ".join(lines[-1].split()) == "limit 160.00 GiB, 89 % of it planned"


def test_lines__say_that_no_limit_is_known():
    assert PLAN.lines()[-1].strip().startswith("no limit known")


def test_training_plan__advises_what_applies(planned):
    """Nothing is advised that is done already, or that can not be cut further."""
    _, plan = planned((1, 1, 8), resident=False)
    advice = [text for text, _ in plan.advice]
    assert not any("stream" in text or "bfloat16" in text for text in advice)
    assert any("16 devices along variant" in text for text in advice)
    assert any("at most 1 members" in text for text in advice)
