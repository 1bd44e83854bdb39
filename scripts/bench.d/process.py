"""Runs a program as a whole process, and tells what it took."""

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import nullcontext


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def command(words: list, names: dict) -> list:
    # Not by `format`: a program in a command may have braces of its own.
    return [re.sub(r"\{(\w+)\}", lambda name: names[name[1]], word) for word in words]


def remove(path: str) -> None:
    if os.path.isdir(path):
        shutil.rmtree(path)
    elif os.path.exists(path):
        os.remove(path)


def write(words: list, target: str, is_folder: bool = False, **how):
    """As `timed`, of a program that is to write the target anew, or files into it."""
    remove(target)
    if is_folder:
        os.mkdir(target)
    wall, usage, failure = timed(words, **how)
    if not failure and not os.path.exists(target):
        failure = "it wrote nothing"
    return wall, usage, failure


def timed(words: list, limit: int = 180, folder: str | None = None, output: str | None = None):
    """Seconds, what the process and those it waited for used, and how it failed.

    `output` is a file for what it writes to standard output. A process begins with the memory of
    the one that starts it, as Linux counts. So this one stays small and reads no file as a whole.
    """
    with (tempfile.TemporaryFile() as said,
          open(output, "wb") if output else nullcontext(said) as out):
        start = time.perf_counter()
        child = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=out, stderr=said,
                                 cwd=folder, start_new_session=True)
        # A pipe is several processes.
        stop = threading.Timer(limit, os.killpg, (child.pid, signal.SIGKILL))
        stop.start()
        try:
            _, status, usage = os.wait4(child.pid, 0)
        except BaseException:
            os.killpg(child.pid, signal.SIGKILL)
            raise
        finally:
            stop.cancel()
        wall = time.perf_counter() - start
        child.returncode = os.waitstatus_to_exitcode(status)
        return wall, usage, how_it_failed(child.returncode, wall, limit, said)


def how_it_failed(code: int, wall: float, limit: int, said) -> str:
    if code == 0:
        return ""
    said.seek(0)
    end = " ".join(said.read().decode(errors="replace").split())[-300:] or "it said nothing"
    if wall >= limit:
        return f"took more than {limit} seconds: {end}"
    return f"ended with {code}: {end}"
