"""What is saved comes back bit for bit, damage is found, a kill loses one save."""

import errno
import json
import os
import resource
import shutil
import socket
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from etils import epath
from jax.sharding import Mesh, NamedSharding, PartitionSpec

from gxjax.ensemble.checkpoint import Checkpoints
from gxjax.ensemble.checkpoint.file_list import write_list

KILLS = int(os.environ.get("GXJAX_KILLS", "3"))


def state_of(step, sharding=None):
    """Every kind of array that a run has, its numbers a function of the step."""
    draw = np.random.default_rng(step)
    parameters = {"front": {"kernel": jnp.asarray(draw.normal(size=(4, 16, 8)))}}
    moments = optax.adam(1e-3, mu_dtype=jnp.bfloat16).init(parameters)
    state = {
        "parameters": parameters,
        "moments": jax.tree.map(lambda leaf: leaf + step, moments),
        "best": (jnp.full((4,), step, jnp.int32), jnp.arange(4) % 2 == step % 2),
        "key": jax.random.key_data(jax.random.key(step)),
    }
    if sharding is None:
        return state
    return jax.tree.map(lambda a: jax.device_put(a, sharding(a)), state)


def shapes(tree):
    return jax.tree.map(
        lambda a: jax.ShapeDtypeStruct(a.shape, a.dtype, sharding=a.sharding), tree
    )


def assert_same(found, expected):
    assert jax.tree.structure(found) == jax.tree.structure(expected)
    for a, b in zip(jax.tree.leaves(found), jax.tree.leaves(expected), strict=True):
        assert a.dtype == b.dtype
        assert np.asarray(a).tobytes() == np.asarray(b).tobytes()


def record_of(step):
    return {"step": step, "history": [{"epoch": step, "score": 0.1 * step}]}


@pytest.fixture
def warned():
    return []


@pytest.fixture
def opened(tmp_path, warned):
    """`Checkpoints` of one run in one folder."""
    return partial(
        Checkpoints, tmp_path / "run", belongs_to={"epochs": 3}, warn=warned.append
    )


@pytest.fixture
def filled(opened, tmp_path):
    """A run's folder after saves at steps 10, 20 and 30."""
    with opened() as checkpoints:
        for step in (10, 20, 30):
            checkpoints.save(step, state_of(step), record_of(step))
    return tmp_path / "run"


def assert_restores(opened, step):
    with opened() as checkpoints:
        found = checkpoints.restore(state_of(0))
    assert found.step == step
    assert found.record == record_of(step)
    assert_same(found.state, state_of(step))


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_checkpoints__restores_the_newest_and_keeps_two(opened, filled, warned):
    assert names(filled) == ["save_2", "save_3"]
    assert_restores(opened, 30)
    assert warned == []


def test_checkpoints__restores_nothing_from_an_empty_folder(opened, warned):
    with opened() as checkpoints:
        assert checkpoints.restore(state_of(0)) is None
    assert warned == []


def test_checkpoints__later_save_of_the_same_step_counts(opened):
    with opened() as checkpoints:
        checkpoints.save(5, state_of(1), {"evaluated": False})
        checkpoints.save(5, state_of(2), lambda: {"evaluated": True})
        found = checkpoints.restore(state_of(0))
    assert (found.step, found.record) == (5, {"evaluated": True})
    assert_same(found.state, state_of(2))


def test_checkpoints__keeps_numbers_of_numpy_and_nan(opened):
    state = {"mean": np.arange(6.0).reshape(2, 3), "count": jnp.ones(2)}
    with opened() as checkpoints:
        record = {"score": np.float32(0.1), "never": float("nan"), "at": (1, 2)}
        checkpoints.save(1, state, record)
        state["mean"][:] = -1
        found = checkpoints.restore(state)
    np.testing.assert_array_equal(found.state["mean"], np.arange(6.0).reshape(2, 3))
    assert isinstance(found.state["mean"], np.ndarray)
    assert found.record["score"] == float(np.float32(0.1))
    assert np.isnan(found.record["never"])
    assert found.record["at"] == [1, 2]


@pytest.mark.parametrize("leaf", [3, np.float32(1), "word"])
def test_checkpoints__refuses_what_is_no_array(opened, leaf):
    with opened() as checkpoints, pytest.raises(TypeError, match=r"state\['a'\] is a"):
        checkpoints.save(1, {"a": leaf}, {})


def test_checkpoints__refuses_a_typed_key(opened, key):
    with opened() as checkpoints, pytest.raises(TypeError, match="key_data"):
        checkpoints.save(1, {"a": key}, {})


def test_checkpoints__arrays_may_be_donated_and_overwritten(opened):
    @partial(jax.jit, donate_argnums=0)
    def step(state):
        return jax.tree.map(lambda a: a * 3 + 1, state)

    devices = NamedSharding(Mesh(jax.devices(), "d"), PartitionSpec("d"))
    state = {
        "one": jnp.arange(2_000_000, dtype=jnp.float32),
        "spread": jax.device_put(jnp.arange(800_000, dtype=jnp.int32), devices),
        "copied": jax.device_put(
            jnp.arange(8_000), NamedSharding(devices.mesh, PartitionSpec())
        ),
    }
    expected = jax.tree.map(np.array, state)
    like = shapes(state)
    with opened(every_steps=1) as checkpoints:
        assert checkpoints.maybe_save(1, state, {})
        for _ in range(20):
            state = step(state)
        jax.block_until_ready(state)
        found = checkpoints.restore(like)
    assert_same(found.state, expected)


@pytest.mark.parametrize("shape", [(1, 1, 1), (2, 2, 2)])
def test_checkpoints__restores_onto_other_devices(opened, shape):
    eight = Mesh(np.asarray(jax.devices()).reshape(4, 2), ("member", "variant"))

    def saver(leaf):
        axes = ("member", "variant")[: leaf.ndim] if leaf.shape[:1] == (4,) else ()
        return NamedSharding(eight, PartitionSpec(*axes))

    count = int(np.prod(shape))
    other = Mesh(np.asarray(jax.devices()[:count]).reshape(shape), ("m", "s", "v"))

    def reader(leaf):
        axes = ("m", ("s", "v"))[: leaf.ndim] if leaf.shape[:1] == (4,) else ()
        return NamedSharding(other, PartitionSpec(*axes))

    with opened() as checkpoints:
        checkpoints.save(1, state_of(1, saver), {})
        like = shapes(state_of(0, reader))
        found = checkpoints.restore(like)
    assert_same(found.state, state_of(1))
    for leaf, wanted in zip(
        jax.tree.leaves(found.state), jax.tree.leaves(like), strict=True
    ):
        assert leaf.sharding == wanted.sharding


def flip(path):
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 4
    path.write_bytes(data)


def truncate(path):
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


DAMAGES = {"missing": os.remove, "short": truncate, "flipped": flip}


@pytest.mark.parametrize("damage", DAMAGES)
def test_restore__finds_damage_to_any_file(opened, filled, warned, tmp_path, damage):
    newest, spare = filled / "save_3", tmp_path / "spare"
    shutil.copytree(newest, spare)
    files = [*spare.glob("state/**/*"), *spare.glob("record/*"), spare / "files.json"]
    for file in filter(Path.is_file, files):
        name = str(file.relative_to(spare))
        DAMAGES[damage](newest / name)
        with opened() as checkpoints:
            found = checkpoints.restore(state_of(0))
        assert found.step == 20, name
        assert_same(found.state, state_of(20))
        (text,) = warned
        assert str(newest) in text
        assert name in text or file.name == "files.json"
        warned.clear()
        shutil.rmtree(filled / "damaged_save_3")
        shutil.copytree(spare, newest)


@pytest.mark.parametrize("damage", DAMAGES)
def test_restore__survives_damage_that_the_list_does_not_show(
    opened, filled, warned, damage
):
    arrays = max(
        filled.glob("save_3/state/**/d/*"), key=lambda file: file.stat().st_size
    )
    DAMAGES[damage](arrays)
    write_list(epath.Path(filled / "save_3"))
    assert_restores(opened, 20)
    assert len(warned) == 1


def test_restore__finds_other_numbers_in_files_that_read_well(opened, filled, warned):
    shutil.rmtree(filled / "save_3" / "state")
    shutil.copytree(filled / "save_2" / "state", filled / "save_3" / "state")
    write_list(epath.Path(filled / "save_3"))
    assert_restores(opened, 20)
    assert "other numbers than were saved in" in warned[0]


def test_restore__moves_damage_aside_until_two_are_newer(opened, filled, warned):
    truncate(filled / "save_3" / "record" / "record.json")
    with opened() as checkpoints:
        assert checkpoints.restore(state_of(0)).step == 20
        assert names(filled) == ["damaged_save_3", "save_2"]
        checkpoints.save(30, state_of(31), record_of(30), wait=True)
        assert names(filled) == ["damaged_save_3", "save_2", "save_4"]
        checkpoints.save(40, state_of(40), record_of(40))
    assert names(filled) == ["save_4", "save_5"]
    assert len(warned) == 1
    assert_restores(opened, 40)


def test_restore__gives_none_with_words_if_all_are_damaged(opened, filled, warned):
    for number in (2, 3):
        truncate(filled / f"save_{number}" / "record" / "record.json")
    with opened() as checkpoints:
        assert checkpoints.restore(state_of(0)) is None
        assert names(filled) == ["save_2", "save_3"]
        checkpoints.save(1, state_of(1), record_of(1))
    assert len(warned) == 3
    assert "save_3" in warned[0]
    assert "save_2" in warned[1]
    assert "none of the checkpoints is whole" in warned[2]
    assert_restores(opened, 1)


def test_restore__refuses_another_configuration(filled):
    words = "epochs was 3, is now 4; l1 was missing, is now 0.1"
    with (
        Checkpoints(filled, belongs_to={"epochs": 4, "l1": 0.1}) as checkpoints,
        pytest.raises(ValueError, match=words),
    ):
        checkpoints.restore(state_of(0))
    assert names(filled) == ["save_2", "save_3"]


def test_restore__refuses_other_shapes(opened, filled):
    like = {**state_of(0), "key": jnp.zeros(3, jnp.uint32)}
    with opened() as checkpoints:
        with pytest.raises(ValueError, match=r"\['key'\] was .*\(2,\).* is now .*\(3,"):
            checkpoints.restore(like)
        with pytest.raises(ValueError, match=r"\['best'\]\[0\] was .* is now missing"):
            checkpoints.restore({"key": like["key"]})


def test_maybe_save__is_due_by_steps_and_by_minutes(opened):
    now = 0.0
    tiny = {"a": jnp.zeros(2)}
    with opened(every_steps=10, every_minutes=2, clock=lambda: now) as checkpoints:
        due = []
        for step in range(1, 25):
            now += 20
            if checkpoints.maybe_save(step, tiny, {}):
                due.append(step)
    assert due == [6, 10, 16, 20]
    with opened(every_steps=10) as checkpoints:
        assert checkpoints.restore(tiny).step == 20
        assert not checkpoints.maybe_save(29, tiny, {})
        assert checkpoints.maybe_save(31, tiny, {})


def test_maybe_save__never_is_due_by_default(opened):
    with opened() as checkpoints:
        assert not checkpoints.maybe_save(10**6, {"a": jnp.zeros(2)}, {})


@pytest.fixture
def no_space():
    """No file may grow beyond 64 kB: the writer's error comes from the system."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (2**16, hard))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


BIG = {"a": np.random.default_rng(0).normal(size=2**18)}


def fill(opened, steps):
    """Saves what is too big, and asks for more saves so many steps long."""
    with opened() as checkpoints:
        checkpoints.save(40, BIG, {})
        for step in range(41, 41 + steps):
            checkpoints.maybe_save(step, BIG, {})
            time.sleep(0.01)


@pytest.mark.parametrize("steps", [0, 3000])
def test_save__that_can_not_write_names_the_folder(
    opened, filled, warned, no_space, steps
):
    words = f"{filled}: the checkpoint of step 40 can not be written: .*File too large"
    with pytest.raises(OSError, match=words):
        fill(opened, steps)
    assert names(filled) == ["save_2", "save_3"]
    assert_restores(opened, 30)
    assert warned == []


@pytest.fixture
def small_disk(tmp_path):
    """A file system of 1 MB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(folder)]
    mounted = subprocess.run(mount, capture_output=True, text=True)
    if mounted.returncode:
        # Where nothing may be mounted, the limit on a file's size is what is tested.
        pytest.skip(f"no small disk can be mounted: {mounted.stderr.strip()}")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def test_save__to_a_full_disk_loses_nothing_earlier(small_disk, warned):
    opened = partial(Checkpoints, small_disk / "run", warn=warned.append)
    with opened() as checkpoints:
        checkpoints.save(10, state_of(10), record_of(10))
    with pytest.raises(OSError, match="No space left on device") as caught:
        fill(opened, 0)
    assert caught.value.errno == errno.ENOSPC
    assert names(small_disk / "run") == ["save_1"]
    assert_restores(opened, 10)
    with opened() as checkpoints:
        checkpoints.save(20, state_of(20), record_of(20))
    assert_restores(opened, 20)
    assert warned == []


def test_save__names_a_folder_that_is_gone(opened, filled):
    with opened() as checkpoints:
        shutil.rmtree(filled)
        filled.write_text("a file is in the way")
        with pytest.raises(OSError, match=str(filled)):
            checkpoints.save(40, state_of(40), {})
        filled.unlink()


def test_exit__does_not_hide_an_error_of_the_block(opened, filled, no_space, warned):
    def block():
        with opened() as checkpoints:
            checkpoints.save(40, BIG, {})
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        block()
    assert "can not be written" in warned[0]


CHILD = """
import sys
import jax.numpy as jnp, numpy as np
from gxjax.ensemble.checkpoint import Checkpoints

def state_of(step):
    return {"a": jnp.full((512, 1024), step, jnp.float32), "b": jnp.arange(9) * step}

with Checkpoints(sys.argv[1]) as checkpoints:
    found = checkpoints.restore(state_of(0))
    step = found.step if found else 0
    if found:
        assert found.record == {"step": step, "rows": list(range(step))}, found.record
        for name, leaf in state_of(step).items():
            np.testing.assert_array_equal(found.state[name], leaf)
    print("from", step, flush=True)
    while True:
        step += 1
        record = {"step": step, "rows": list(range(step))}
        checkpoints.save(step, state_of(step), record)
        print("saved", step, flush=True)
"""


def life(folder, seconds):
    """Runs the child and kills it so long after its first save; (from, last saved)."""
    command = [sys.executable, "-W", "error", "-c", CHILD, str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
        first = child.stdout.readline().split()
        assert first[:1] == ["from"], first
        lines = [child.stdout.readline()]
        time.sleep(seconds)
        child.kill()
        lines += [line for line in child.stdout if line.endswith("\n")]
    return int(first[1]), int(lines[-1].split()[1])


def test_checkpoints__kill_at_any_moment_loses_one_save(tmp_path):
    draw = np.random.default_rng(0)
    saved = 0
    for seconds in draw.uniform(0, 0.3, KILLS):
        start, last = life(tmp_path / "run", seconds)
        # Returned means that the one before is finished; one more may be under way.
        assert saved - 1 <= start <= saved + 1
        assert last > start
        saved = last


def test_record__is_json_that_people_can_read(filled):
    text = (filled / "save_3" / "record" / "record.json").read_text()
    assert json.loads(text)["content"]["record"] == record_of(30)


PEER = """
import pathlib, sys
import jax, numpy as np
jax.config.update("jax_num_cpu_devices", 2)
address, process, folder = sys.argv[1], int(sys.argv[2]), pathlib.Path(sys.argv[3])
jax.distributed.initialize(address, num_processes=2, process_id=process)
from jax.experimental import multihost_utils
from jax.sharding import Mesh, NamedSharding, PartitionSpec
from gxjax.ensemble.checkpoint import Checkpoints

mesh = Mesh(np.asarray(jax.devices()), ("variant",))
def state_of(step):
    numbers = np.random.default_rng(step).normal(size=(4, 3000)).astype(np.float32)
    state = {}
    for name, axis in {"spread": "variant", "copied": None}.items():
        sharding = NamedSharding(mesh, PartitionSpec(axis))
        state[name] = jax.make_array_from_callback(
            numbers.shape, sharding, numbers.__getitem__
        )
    return state

def check(found, step):
    assert found.step == found.record["step"] == step, found.step
    for name, wanted in state_of(step).items():
        for a, b in zip(
            found.state[name].addressable_shards, wanted.addressable_shards, strict=True
        ):
            np.testing.assert_array_equal(a.data, b.data)

now, due, said = 0, [], []
# Process 1's clock stands still: process 0's counts, where both ask.
clock = lambda: now * (process == 0)
with Checkpoints(folder, every_minutes=1, clock=clock, warn=said.append) as checkpoints:
    for step in range(1, 200):
        now += 1
        if checkpoints.maybe_save(step, state_of(step), {"step": step}):
            due.append(step)
    assert due == [64, 128, 192], due
    check(checkpoints.restore(state_of(0)), 192)
    multihost_utils.sync_global_devices("read")
    newest = folder / "save_3"
    if process == 0:
        for file in (newest / "state" / "ocdbt.process_1").rglob("*"):
            if file.is_file():
                file.write_bytes(file.read_bytes()[:50])
    multihost_utils.sync_global_devices("damaged")
    check(checkpoints.restore(state_of(0)), 128)
    assert len(said) == 1 and str(newest) in said[0], said
    checkpoints.save(200, state_of(200), {"step": 200})
with Checkpoints(folder) as checkpoints:
    check(checkpoints.restore(state_of(0)), 200)
print("agreed", flush=True)
"""


def test_checkpoints__of_two_processes_agree(tmp_path):
    with socket.socket() as free:
        free.bind(("localhost", 0))
        address = f"localhost:{free.getsockname()[1]}"
    environment = {**os.environ, "XLA_FLAGS": ""}
    peers = [
        subprocess.Popen(
            [sys.executable, "-c", PEER, address, str(process), str(tmp_path / "run")],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env=environment,
        )
        for process in range(2)
    ]
    try:
        said = [peer.communicate(timeout=600)[0] for peer in peers]
    finally:
        for peer in peers:
            peer.kill()
            peer.communicate()
    assert all(text.endswith("agreed\n") for text in said), "\n".join(said)
