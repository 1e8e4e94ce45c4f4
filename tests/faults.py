"""Faults for tests: stop or fail at the n-th file-system call, in a child process."""

import errno
import gc
import os
import signal

from patience import HANG_S

from catsclean.errors import CatscleanError

# every call by which clean, undo and split change the disk, or open something
CALLS = (
    "open", "link", "unlink", "rename", "replace", "mkdir", "rmdir", "write", "fsync", "symlink",
    "utime", "chmod", "fchmod", "copy_file_range", "ftruncate", "remove",
)  # fmt: skip
WRITES = ("link", "rename", "replace", "mkdir", "write", "symlink", "copy_file_range", "fsync")


def kill_at(number, calls=CALLS):
    """From now on, die by SIGKILL right after the n-th call, counted from 0."""
    _count(number, calls, _die)


def fill_disk_at(number, calls=WRITES):
    """From now on, every call from the n-th on fails for want of space."""

    def fail(call, args, kwargs):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    _count(number, calls, fail, once=False)


def fail_always(name, code):
    """From now on, every call of one name fails."""

    def fail(*args, **kwargs):
        raise OSError(code, os.strerror(code))

    setattr(os, name, fail)


def _die(call, args, kwargs):
    try:
        call(*args, **kwargs)
    finally:
        os.kill(os.getpid(), signal.SIGKILL)


def _count(number, calls, act, *, once=True):
    made = 0

    def counting(call):
        def counted(*args, **kwargs):
            nonlocal made
            made += 1
            if made == number + 1 or (not once and made > number):
                return act(call, args, kwargs)
            return call(*args, **kwargs)

        return counted

    for name in calls:
        setattr(os, name, counting(getattr(os, name)))


def fork():
    """Fork as os.fork does; the child collects no garbage of other tests, and ends by itself.

    What they left behind may wait for threads that only the parent has: TensorFlow's datasets do
    when they are collected.  A child that never ends would keep xdist waiting for ever.
    """
    child = os.fork()
    if child == 0:
        gc.freeze()
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.alarm(HANG_S)
    return child


def in_child(function, *args):
    """Run a function in a forked child; give its result as exit code.

    Killed by a signal: the negative number.  Raised: 99.
    """
    child = fork()
    if child == 0:
        status = 99
        try:
            status = function(*args) or 0
        finally:
            os._exit(status)
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status)


def full_disk_is_told(function, *args):
    """Run a function; 0 when it ended, 2 when it said in one clear error that the disk is full."""
    try:
        function(*args)
    except CatscleanError as error:
        if os.strerror(errno.ENOSPC) in str(error):
            return 2
        raise
    return 0
