"""Genotypes that a score reads itself: ahead, once, and with the same scores."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from gxjax.attribution import allowance, score
from gxjax.types import DosageSource

COLUMNS = [("deeplift", "none"), ("gradient_shap", "smoothgrad_squared")]
WAIT = 60.0


@dataclass(frozen=True, eq=False)
class Table:
    """A `DosageReader` of dosages float32 [N, V] on the host."""

    values: np.ndarray

    def __call__(self, arrays, people):
        return jnp.asarray(self.values)[people]

    def read(self, people, mesh):
        layout = jax.sharding.NamedSharding(mesh, jax.sharding.PartitionSpec("sample"))
        return jax.device_put(self.values[people], layout)

    def decode(self, arrays):
        return arrays

    def size(self, people, mesh):
        return 4 * self.values.shape[1] * people // mesh.shape["sample"]


@dataclass(frozen=True, eq=False)
class Watched(Table):
    """One that says what is read."""

    before: Callable = field(default=None)

    def read(self, people, mesh):
        self.before()
        return super().read(people, mesh)


@pytest.fixture
def values(case):
    return np.asarray(case.dosages.arrays)


@pytest.fixture
def watched(values):
    """`watched(before)`: the case's source, which calls `before()` at every read."""
    return lambda before: DosageSource((), Watched(values, before))


@pytest.fixture
def run(case, values, key):
    """`run(source, **settings)` in six blocks of four people, the last of one."""
    table = DosageSource((), Table(values))

    def call(source=table, **settings):
        given = case._replace(dosages=source)
        return score(*given, COLUMNS, key=key, batch_size=4, **settings)

    return call


def assert_identical(found, expected):
    for name, values in expected.reductions.items():
        np.testing.assert_array_equal(found.reductions[name], values)
    np.testing.assert_array_equal(found.completeness, expected.completeness)


@pytest.mark.parametrize("resident", [True, False, None])
def test_score__of_a_reader_equals_that_of_a_source(run, case, resident):
    assert_identical(run(resident=resident), run(case.dosages))


@pytest.mark.parametrize("resident", [True, False])
def test_score__reads_the_next_block_while_one_is_attributed(run, watched, resident):
    """Streamed the next alone, though there is time for more; resident all."""
    seen, changed = [], threading.Condition()

    def note():
        with changed:
            seen.append(threading.current_thread())
            changed.notify_all()

    def progress(done, total, words):
        block = (done - 1) // 2
        expected = 6 if resident else min(block + 2, 6)
        with changed:
            assert changed.wait_for(lambda: len(seen) >= expected, WAIT)
            assert len(seen) == expected

    run(watched(note), resident=resident, progress=progress)
    assert threading.current_thread() not in seen
    assert not any(thread.is_alive() for thread in seen)


def test_score__raises_what_a_reader_raises_and_ends_its_thread(run, watched):
    threads, count = set(), iter(range(9))

    def note():
        threads.add(threading.current_thread())
        if next(count) == 2:
            raise OSError("chunk c/0/0 was changed")

    done = []
    with pytest.raises(OSError, match="was changed"):
        run(
            watched(note), resident=False,
            progress=lambda *step: done.append(step[0]),
        )  # fmt: skip
    assert done == [1, 2, 3, 4]
    assert not any(thread.is_alive() for thread in threads)


class Killed(Exception):
    pass


@pytest.mark.parametrize("resident", [True, False])
def test_score__resumes_a_streamed_one_bit_identical(run, watched, tmp_path, resident):
    """Whether genotypes stream may change in between; done blocks are not read."""
    kept = {"checkpoint": tmp_path / "state.npz", "checkpoint_seconds": 0.0}

    def kill(done, total, words):
        if done == 7:
            raise Killed

    with pytest.raises(Killed):
        run(**kept, resident=False, progress=kill)
    seen = []
    found = run(watched(lambda: seen.append(1)), **kept, resident=resident)
    assert len(seen) == 3
    assert_identical(found, run())


def test_fit__streams_before_it_makes_anything_smaller(run, monkeypatch):
    plans = []
    expected = run(announce=plans.append, resident=True)
    resident = plans[0]
    assert resident.genotypes == 4 * 40 * 24
    assert "genotypes resident 3.8 KiB; 4 people" in str(resident)
    run(announce=plans.append, max_memory=resident.total)
    assert plans[1].residency == "resident"
    found = run(announce=plans.append, max_memory=resident.total - 1)
    streamed = plans[2]
    assert streamed.genotypes == 4 * 40 * 12
    assert "genotypes streamed 1.9 KiB; 4 people" in str(streamed)
    assert streamed.total == resident.total - 4 * 40 * 12
    assert (streamed.tiles, streamed.batch_size) == (resident.tiles, 4)
    assert_identical(found, expected)
    # The device's own limit counts as much.
    monkeypatch.setattr(allowance, "device_limit", lambda mesh: streamed.total)
    run(announce=plans.append)
    assert plans[3] == streamed._replace(limit=streamed.total)
    with pytest.raises(ValueError, match=r"too few.*genotypes resident"):
        run(resident=True, max_memory=1000)


def test_allowed__leaves_room_for_what_is_there(monkeypatch):
    mesh = jax.sharding.Mesh(
        np.asarray(jax.devices()[:2]).reshape(1, 2, 1), ("member", "sample", "variant")
    )
    layout = jax.sharding.NamedSharding(mesh, jax.sharding.PartitionSpec("sample"))
    given = {"a": jax.device_put(np.zeros(100, np.uint8), layout), "b": jnp.zeros(3)}
    assert allowance.allowed(mesh, None, given) is None
    assert allowance.allowed(mesh, 70, given) == 70
    monkeypatch.setattr(allowance, "device_limit", lambda mesh: 1000)
    assert allowance.allowed(mesh, None, given) == 1000 - 50 - 12
    assert allowance.allowed(mesh, 70, given) == 70
