"""Makes Python behave as on Windows, for the modules of catsclean: put this folder on PYTHONPATH.

No simulation of a system is the system.  This one has what the documentation of Python says about
Windows and code most often forgets: no `fcntl` and no `resource`, no calls relative to an open folder,
a descriptor that translates line ends unless it was opened with O_BINARY, no open folders, no sync
of what is open for reading only, new processes that start from scratch, and files that can be neither
replaced nor removed while they are open.
"""

import builtins
import errno
import fcntl
import importlib.machinery
import importlib.util
import multiprocessing
import os
import signal
import stat
import sys
import types

# this module hides any other of its name, such as the one that measures coverage
_paths = [path for path in sys.path if os.path.abspath(path) != os.path.dirname(__file__)]
if _other := importlib.machinery.PathFinder.find_spec("sitecustomize", _paths):
    _other.loader.exec_module(importlib.util.module_from_spec(_other))

O_BINARY = 0x40000000  # a bit that no flag of Linux has
MISSING_MODULES = {"fcntl", "resource", "pwd", "grp", "termios", "posix"}
MISSING_OF_OS = {
    "O_NOFOLLOW", "O_NONBLOCK", "O_CLOEXEC", "O_DIRECTORY", "O_SYNC", "O_DSYNC", "fork", "forkpty",
    "pread", "pwrite", "preadv", "pwritev", "fchmod", "fchown", "chown", "lchown", "fchdir", "chroot",
    "mkfifo", "mknod", "getuid", "geteuid", "getgid", "getegid", "getpgid", "setsid", "killpg", "sync",
    "fdatasync", "posix_fallocate", "posix_fadvise", "copy_file_range", "sendfile", "getxattr",
    "setxattr", "listxattr", "removexattr", "statvfs", "fstatvfs", "uname", "nice", "sysconf",
    "sched_getaffinity", "getloadavg", "fwalk", "WNOHANG", "waitid",
}  # fmt: skip
MISSING_OF_SIGNAL = {
    "SIGPROF", "SIGKILL", "SIGALRM", "SIGUSR1", "SIGUSR2", "SIGHUP", "SIGCHLD", "SIGQUIT", "SIGPIPE",
    "setitimer", "getitimer", "alarm", "pthread_sigmask", "pthread_kill", "sigwait", "ITIMER_PROF",
    "ITIMER_REAL", "SIG_UNBLOCK", "SIG_BLOCK", "SIG_SETMASK", "siginterrupt",
}  # fmt: skip
translated = set()


class Copy(types.ModuleType):
    """A module of the standard library, without what Windows lacks."""

    def __init__(self, module, missing, **changed):
        super().__init__(module.__name__)
        self.__dict__.update(
            {name: value for name, value in vars(module).items() if name not in missing}, **changed
        )
        self._module = module

    def __getattr__(self, name):
        raise AttributeError(f"module {self.__name__!r} of Windows has no attribute {name!r}")


def is_open(path):
    """Whether this process has a file open, or mapped into its memory."""
    try:
        wanted = real_stat(path)
    except OSError:
        return False
    if not stat.S_ISREG(wanted.st_mode):
        return False
    key = (wanted.st_dev, wanted.st_ino)
    for number in os.listdir("/proc/self/fd"):
        try:
            found = os.fstat(int(number))
        except OSError:
            continue
        if (found.st_dev, found.st_ino) == key:
            return True
    with open("/proc/self/maps") as lines:
        return any(line.rstrip("\n").endswith(os.fspath(path)) for line in lines if "/" in line)


def refuse_if_open(*paths):
    # what the standard library does on this system for itself, it does otherwise on Windows
    caller = sys._getframe(2).f_globals.get("__name__", "").partition(".")[0]
    for path in paths if caller in {"catsclean", "pathlib", "shutil"} else ():
        if not isinstance(path, int) and is_open(path):
            raise PermissionError(errno.EACCES, "in use by another process (as on Windows)", path)


real_open, real_read, real_write, real_fdopen = os.open, os.read, os.write, os.fdopen
real_close, real_stat, real_fsync = os.close, os.stat, os.fsync
real_replace, real_rename, real_unlink, real_link = os.replace, os.rename, os.unlink, os.link


def open_(path, flags, mode=0o777, *, dir_fd=None):
    if dir_fd is not None:
        raise NotImplementedError("dir_fd unavailable on this platform")
    if os.path.isdir(path):
        raise PermissionError(errno.EACCES, "Permission denied", path)
    descriptor = real_open(path, flags & ~O_BINARY, mode)
    translated.discard(descriptor)
    if not flags & O_BINARY:
        translated.add(descriptor)
    return descriptor


def checked(call):
    def caller(descriptor, *arguments, **named):
        if descriptor in translated:
            raise AssertionError(f"{call.__name__} of a descriptor without O_BINARY")
        return call(descriptor, *arguments, **named)

    return caller


def fdopen(descriptor, *arguments, **named):
    translated.discard(descriptor)  # a file object of Python sets the mode itself
    return real_fdopen(descriptor, *arguments, **named)


def close(descriptor):
    translated.discard(descriptor)
    real_close(descriptor)


def fsync(descriptor):
    if fcntl.fcntl(descriptor, fcntl.F_GETFL) & os.O_ACCMODE == os.O_RDONLY:
        raise OSError(errno.EBADF, "not open for writing (as on Windows)")
    real_fsync(descriptor)


def replace(source, target, *, src_dir_fd=None, dst_dir_fd=None):
    no_folder(src_dir_fd, dst_dir_fd)
    refuse_if_open(source, target)
    real_replace(source, target)


def rename(source, target, *, src_dir_fd=None, dst_dir_fd=None):
    no_folder(src_dir_fd, dst_dir_fd)
    if os.path.lexists(target) and os.path.abspath(source) != os.path.abspath(target):
        raise FileExistsError(errno.EEXIST, "File exists (as on Windows)", target)
    refuse_if_open(source)
    real_rename(source, target)


def unlink(path, *, dir_fd=None):
    no_folder(dir_fd)
    refuse_if_open(path)
    real_unlink(path)


def link(source, target, *, src_dir_fd=None, dst_dir_fd=None, follow_symlinks=True):
    no_folder(src_dir_fd, dst_dir_fd)
    if not follow_symlinks:
        raise NotImplementedError("follow_symlinks unavailable on this platform")
    real_link(source, target)


def no_folder(*descriptors):
    if any(one is not None for one in descriptors):
        raise NotImplementedError("dir_fd unavailable on this platform")


os_of_windows = Copy(
    os, MISSING_OF_OS, name="nt", O_BINARY=O_BINARY, open=open_, read=checked(real_read),
    write=checked(real_write), fdopen=fdopen, close=close, fsync=fsync, replace=replace, rename=rename,
    unlink=unlink, remove=unlink, link=link,
    supports_dir_fd=set(), supports_fd={os.stat, os.truncate}, supports_follow_symlinks={os.stat},
    supports_effective_ids=set(),
)  # fmt: skip
signal_of_windows = Copy(signal, MISSING_OF_SIGNAL)
# pathlib and shutil call these of the module itself
os.replace, os.rename, os.unlink, os.remove = replace, rename, unlink, unlink

real_import = builtins.__import__


def import_(name, globals=None, locals=None, fromlist=(), level=0):  # noqa: A002 - its own names
    importer = (globals or {}).get("__name__") or ""
    if importer.partition(".")[0] == "catsclean" and level == 0:
        if name in MISSING_MODULES:
            raise ModuleNotFoundError(f"No module named {name!r} (as on Windows)", name=name)
        if name == "os":
            return os_of_windows
        if name == "signal":
            return signal_of_windows
    return real_import(name, globals, locals, fromlist, level)


builtins.__import__ = import_
multiprocessing.get_all_start_methods = lambda: ["spawn"]
