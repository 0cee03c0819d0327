"""SIGTERM asks once, ends the second time, and is never swallowed."""

import os
import signal
import subprocess
import sys
import threading

import pytest

from experiments.preemption import EXIT_CODE, Preempted, preemption

CHILD = """
import os, signal, sys
from experiments.preemption import EXIT_CODE, Preempted, preemption
def term():
    os.kill(os.getpid(), signal.SIGTERM)
"""


def run(body):
    program = [sys.executable, "-c", CHILD + body]
    return subprocess.run(program, capture_output=True, text=True, timeout=60)


def term():
    os.kill(os.getpid(), signal.SIGTERM)


def stopped():
    """A run that SIGTERM reaches in its 7th step."""
    with preemption() as asked:
        assert not asked()
        term()
        assert asked()
        raise Preempted(7)


def test_preemption__asks_and_restores_the_former_handler():
    def former(number, frame):
        raise AssertionError

    before = signal.signal(signal.SIGTERM, former)
    try:
        with pytest.raises(Preempted, match="step 7; the same command goes on"):
            stopped()
        assert signal.getsignal(signal.SIGTERM) is former
    finally:
        signal.signal(signal.SIGTERM, before)


@pytest.fixture
def ctrl_c():
    """SIGINT raises KeyboardInterrupt: `nohup ... &` starts Python with it ignored."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("ctrl_c")
def test_preemption__leaves_ctrl_c_alone():
    with pytest.raises(KeyboardInterrupt), preemption() as asked:
        os.kill(os.getpid(), signal.SIGINT)
    assert not asked()


def test_preemption__exit_code_is_what_a_shell_reports():
    result = run(
        "try:\n"
        "  with preemption() as asked:\n"
        "    term()\n"
        "    raise Preempted(3 if asked() else 0)\n"
        "except Preempted as stopped:\n"
        "  print(stopped, flush=True)\n"
        "  sys.exit(EXIT_CODE)\n"
    )
    assert result.returncode == EXIT_CODE == 143
    expected = "stopped by SIGTERM at step 3; the same command goes on from here\n"
    assert result.stdout == expected


def test_preemption__second_sigterm_ends_at_once():
    result = run(
        "with preemption() as asked:\n"
        "  term()\n"
        "  print(asked(), flush=True)\n"
        "  term()\n"
        "  print('still here', flush=True)\n"
    )
    assert (result.returncode, result.stdout) == (-signal.SIGTERM, "True\n")


def test_preemption__delivers_a_sigterm_that_nobody_acted_upon():
    result = run(
        "with preemption() as asked:\n  term()\nprint('still here', flush=True)\n"
    )
    assert (result.returncode, result.stdout) == (-signal.SIGTERM, "")


def test_preemption__does_nothing_in_another_thread_with_a_word():
    words, answers = [], []

    def work():
        with preemption(words.append) as asked:
            answers.append(asked())

    before = signal.getsignal(signal.SIGTERM)
    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert answers == [False]
    assert len(words) == 1
    assert "main thread" in words[0]
    assert signal.getsignal(signal.SIGTERM) is before
