"""Runs a command in a process group of its own and ends the whole group when asked or when the test run is gone.

    supervise.py COMMAND [ARG ...]

File descriptor 3 is a pipe from the test run. The line `TERM` ends the group gently and after GRACE_S by force, `KILL`
at once; the end of the pipe (also when the test run was killed) is a TERM. It ends when all of the group has, so that no
port of theirs is open any more. The exit status is the command's.
"""

import ctypes
import os
import signal
import subprocess
import sys
import threading

GRACE_S = 60.0
CONTROL_FD = 3
# Of linux/prctl.h: processes whose parent has ended become children of this one.
PR_SET_CHILD_SUBREAPER = 36


def main() -> int:
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    child = subprocess.Popen(sys.argv[1:], start_new_session=True, close_fds=True)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: end(child, signal.SIGTERM))
    threading.Thread(target=obey, args=(child,), daemon=True).start()
    code = child.wait()
    # Workers of the command may outlive it.
    end(child, signal.SIGKILL)
    wait_for_group(child)
    return 128 - code if code < 0 else code


def obey(child: subprocess.Popen) -> None:
    with os.fdopen(CONTROL_FD) as control:
        for line in control:
            if line.strip() == "KILL":
                end(child, signal.SIGKILL)
            elif line.strip() == "TERM":
                break
    end(child, signal.SIGTERM)
    timer = threading.Timer(GRACE_S, end, (child, signal.SIGKILL))
    timer.daemon = True
    timer.start()


def wait_for_group(child: subprocess.Popen) -> None:
    try:
        while True:
            os.waitpid(-child.pid, 0)
    except ChildProcessError:
        pass


def end(child: subprocess.Popen, number: int) -> None:
    try:
        os.killpg(child.pid, number)
    except (ProcessLookupError, PermissionError):
        pass


if __name__ == "__main__":
    sys.exit(main())
