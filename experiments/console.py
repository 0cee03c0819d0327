"""What a run says: stage headings, progress bars with time left, notes."""

from __future__ import annotations

import io
import sys
import textwrap
import time
from collections.abc import Iterator
from contextlib import contextmanager

from tqdm import tqdm

from gxjax.types import Progress

__all__ = ["bar", "note", "say", "warn"]


def say(text: str, end: str = "\n") -> None:
    """Prints a line of the run's story, above a progress bar if there is one."""
    tqdm.write(text, end=end)
    sys.stdout.flush()


def note(text: str) -> None:
    """Prints something that the user should know, below a heading."""
    say(f"  note: {text}")


def warn(text: str) -> None:
    """Prints what makes results doubtful, and the mend."""
    lines = textwrap.wrap(f"WARNING: {text}", width=86, subsequent_indent="  ")
    say(textwrap.indent("\n".join(lines), "  "))


class _Lines(io.StringIO):
    """Where there is no terminal to redraw: every state is a line of its own."""

    def write(self, text: str) -> int:
        # tqdm's first state knows nothing yet, its last is blanks over the line.
        if (line := text.strip()) and "left ?" not in line:
            say(f"  {line}")
        return len(text)


@contextmanager
def bar(description: str) -> Iterator[Progress]:
    """A progress bar with the time left; gives the callback that moves it.

    Into a file or a CI log it writes a line every ten seconds instead of redrawing.
    """
    live = sys.stderr.isatty()
    started = time.monotonic()
    with tqdm(
        file=sys.stderr if live else _Lines(),
        desc=f"  {description}",
        total=1,
        leave=False,
        mininterval=0.2 if live else 10,
        maxinterval=1 if live else 10,
        ascii=not live,
        dynamic_ncols=True,
        bar_format="{desc} {percentage:3.0f}% |{bar:20}| {elapsed}, left {remaining}"
        "{postfix}",
    ) as line:

        def progress(done: int, total: int, words: str = "") -> None:
            line.total = total
            if words:
                line.set_postfix_str(words, refresh=False)
            # A resumed run starts in the middle, which is no measure of speed.
            if not line.n and done > 1:
                line.initial = done - 1
            line.update(done - line.n)

        yield progress
    say(f"  {description}: done in {time.monotonic() - started:.1f} s")
