"""One builder at a time in the folder of a store."""

from __future__ import annotations

import errno
import fcntl
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

__all__ = ["LOCK", "locked"]

LOCK = b"gxjax.lock"
# What file systems without locks say.
_UNSUPPORTED = (errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP)


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Keeps other builders out of a local folder, which is created if need be.

    The kernel holds the lock on the file `gxjax.lock` and lets go of it when the
    process dies, however it dies, so a file that a killed build left is in nobody's
    way. The file says who builds, and is removed at the end. Other hosts are kept out
    where the file system has locks across hosts (NFS, Lustre with -o flock); where it
    has none at all, nothing is guarded.

    Raises:
      FileExistsError: another builder, which is named, is at work there.
      OSError: the folder or the file can't be made.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / LOCK.decode()
    handle = _open_locked(path)
    try:
        os.truncate(handle, 0)
        os.write(handle, f"process {os.getpid()} of {socket.gethostname()}".encode())
        yield
    finally:
        # Removed while it is held: whoever opened it before sees that it is gone.
        path.unlink(missing_ok=True)
        os.close(handle)


def _open_locked(path: Path) -> int:
    """The file descriptor of the locked file, which is still there under its name."""
    while True:
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            who = os.read(handle, 300).decode(errors="replace") or "another process"
            os.close(handle)
            raise FileExistsError(
                f"{path.parent}: {who} is building a store there; wait for it, or "
                "choose another path"
            ) from None
        except OSError as error:
            if error.errno not in _UNSUPPORTED:
                os.close(handle)
                raise
        if _is_file_of(handle, path):
            return handle
        os.close(handle)


def _is_file_of(handle: int, path: Path) -> bool:
    """Whether the path still leads to the open file: its last owner removes it."""
    try:
        return os.path.samestat(os.fstat(handle), path.stat())
    except FileNotFoundError:
        return False
