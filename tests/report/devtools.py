"""A page in headless Chromium, driven over its own pipe with the standard library."""

import json
import os
import select
import subprocess
import sys
import time

# Chromium speaks on descriptors 3 and 4 and on no other.
EXEC = """
import fcntl, os, sys
ends = [fcntl.fcntl(int(end), fcntl.F_DUPFD, 10) for end in sys.argv[1:3]]
os.dup2(ends[0], 3); os.dup2(ends[1], 4)
os.execvp(sys.argv[3], sys.argv[3:])
"""
FLAGS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic"),
    *("--no-first-run", "--disable-background-networking", "--hide-scrollbars"),
    *("--disable-component-update", "--disable-sync", "--disable-dev-shm-usage"),
    *("--remote-debugging-pipe", "about:blank"),
)


class Browser:
    """One tab; `events` holds what it said on its own.

    Args:
      seconds: that a command, or the page that it asked for, may take.
    """

    def __init__(self, program, folder, seconds=90):
        self.seconds, self.deadline = seconds, 0.0
        self.events = []
        self._count, self._buffer, self._session = 0, b"", None
        reads, self._write = os.pipe()
        self._read, writes = os.pipe()
        flags = [*FLAGS[:-1], f"--user-data-dir={folder}", FLAGS[-1]]
        with (folder.parent / "chromium.log").open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-c", EXEC, str(reads), str(writes), program, *flags],
                pass_fds=(reads, writes),
                stdout=log,
                stderr=log,
            )
        os.close(reads)
        os.close(writes)

    def open_tab(self):
        target = self("Target.createTarget", url="about:blank")["targetId"]
        attached = self("Target.attachToTarget", targetId=target, flatten=True)
        self._session = attached["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self(f"{domain}.enable")

    def load(self, url, width, height):
        self(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=False,
        )
        self.events.clear()
        self("Page.navigate", url=url)
        while not any(e["method"] == "Page.loadEventFired" for e in self.events):
            self.events.append(self._message())

    def evaluate(self, expression):
        result = self(
            "Runtime.evaluate",
            expression=expression,
            returnByValue=True,
            awaitPromise=True,
        )
        assert "exceptionDetails" not in result, result
        return result["result"].get("value")

    def close(self):
        try:
            self._session = None
            self("Browser.close")
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            pass  # A slow end says nothing of the page; it is killed.
        finally:
            if self.process.poll() is None:
                self.process.kill()
                self.process.wait()
            os.close(self._read)
            os.close(self._write)

    def __call__(self, method, **parameters):
        self._count += 1
        self.deadline = time.monotonic() + self.seconds
        message = {"id": self._count, "method": method, "params": parameters}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._write, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._message()
            if answer.get("id") == self._count:
                assert "error" not in answer, answer
                return answer["result"]
            self.events.append(answer)

    def _message(self):
        while b"\0" not in self._buffer:
            left = self.deadline - time.monotonic()
            assert left > 0, "Chromium did not answer in time"
            if select.select([self._read], [], [], left)[0]:
                found = os.read(self._read, 1 << 20)
                assert found, "Chromium went away"
                self._buffer += found
        text, _, self._buffer = self._buffer.partition(b"\0")
        return json.loads(text)
