"""A trace of some steps appears, of those steps only, and is spoken of."""

from contextlib import contextmanager

import jax
import jax.numpy as jnp
import pytest

from experiments.profiler import ProfiledSteps, parse_steps, profiled


@pytest.fixture
def loop():
    """Runs jitted steps and tells the profiler of each."""
    step = jax.jit(lambda x: jnp.sin(x) + 1)

    def run(after, first, last):
        x = jnp.zeros(8)
        for done in range(first, last + 1):
            x = step(x)
            after(done)

    return run


@pytest.fixture
def traced(monkeypatch, tmp_path):
    """The calls of jax's profiler, in words, instead of real traces."""
    calls = []

    @contextmanager
    def trace(folder):
        calls.append("start")
        try:
            yield
        finally:
            calls.append("stop")

    monkeypatch.setattr(jax.profiler, "trace", trace)
    return calls


def test_parse_steps__reads_a_range():
    assert parse_steps("20:25") == ProfiledSteps(20, 25)
    assert parse_steps(" 3:3 ") == (3, 3)


@pytest.mark.parametrize("text", ["", "5", "5:", "0:4", "6:5", "a:b", "-1:4", "1:2:3"])
def test_parse_steps__raises_on_what_is_no_range(text):
    with pytest.raises(ValueError, match=r"--profile_steps=.*expected A:B"):
        parse_steps(text)


def test_profiled__writes_a_trace_and_says_where(tmp_path, loop):
    said, folder = [], tmp_path / "trace"
    with profiled(ProfiledSteps(3, 4), folder, said.append) as after:
        loop(after, 1, 2)
        assert not list(folder.rglob("*.xplane.pb"))
        loop(after, 3, 5)
    assert list(folder.rglob("*.xplane.pb"))
    (text,) = said
    assert f"steps 3 to 4 is in {folder}" in text
    assert "xprof" in text


def test_profiled__starts_before_the_first_and_stops_after_the_last(
    tmp_path, loop, traced
):
    def after_each(done):
        after(done)
        traced.append(done)

    with profiled(ProfiledSteps(2, 3), tmp_path, traced.append) as after:
        loop(after_each, 1, 5)
    assert traced[:-1] == ["start", 1, 2, "stop", 3, 4, 5]


def test_profiled__can_begin_with_the_first_step(tmp_path, loop, traced):
    with profiled(ProfiledSteps(1, 1), tmp_path, traced.append) as after:
        assert traced == ["start"]
        loop(after, 1, 2)
    assert traced[:2] == ["start", "stop"]


def test_profiled__a_resumed_run_traces_what_is_left(tmp_path, loop, traced):
    said = []
    with profiled(ProfiledSteps(2, 9), tmp_path, said.append) as after:
        loop(after, 6, 8)
    assert traced == ["start", "stop"]
    assert "steps 7 to 8" in said[0]


def test_profiled__says_that_there_is_no_trace(tmp_path, loop, traced):
    said = []
    with profiled(ProfiledSteps(20, 25), tmp_path, said.append) as after:
        loop(after, 1, 4)
    with profiled(ProfiledSteps(2, 3), tmp_path, said.append) as after:
        loop(after, 7, 9)
    assert traced == []
    assert all("none of these steps was taken" in text for text in said)
    assert len(said) == 2


def test_profiled__ends_the_trace_when_training_fails(tmp_path, loop, traced):
    said = []

    def train():
        with profiled(ProfiledSteps(2, 9), tmp_path, said.append) as after:
            loop(after, 1, 3)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train()
    assert traced == ["start", "stop"]
    assert "steps 2 to 3" in said[0]


def test_profiled__nothing_where_nothing_is_asked(tmp_path, loop, traced):
    with profiled(None, tmp_path / "trace", traced.append) as after:
        loop(after, 1, 3)
    assert traced == []
    assert not (tmp_path / "trace").exists()
