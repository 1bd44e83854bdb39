"""Runs the programs of a job in turn, as whole processes, and keeps what each took."""

import json
import os
import re
import signal
import struct
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass, field

from jobs import Job, Row

LIMIT_SECONDS = 180
QUALITY = os.path.join(os.path.dirname(os.path.abspath(__file__)), "quality.py")


@dataclass
class Found:
    """What became of a row with one picture; lists have an element for each round."""

    wall: list = field(default_factory=list)
    cpu: list = field(default_factory=list)
    memory: list = field(default_factory=list)
    size: int = 0
    form: str = ""
    quality: dict = field(default_factory=dict)
    failure: str = ""


def measure(job: Job, rows: list, source: str, words: dict, rounds: int) -> list:
    """A round before the first fills the caches, and what it writes is looked at. Each of the
    others begins with the next program, so that none always comes after the same."""
    found = [Found() for _ in rows]
    target = os.path.join(os.path.dirname(source), "target.png")
    words = {**words, "source": source, "target": target}
    for row, it in zip(rows, found):
        if run(row, words, it):
            look(job, source, target, it)
    for number in range(rounds):
        say(f"{job.name}, {os.path.basename(source)}: round {number + 1} of {rounds}")
        for index in range(len(rows)):
            index = (index + number) % len(rows)
            if not found[index].failure and (took := run(rows[index], words, found[index])):
                wall, usage = took
                found[index].wall.append(wall)
                found[index].cpu.append(usage.ru_utime + usage.ru_stime)
                found[index].memory.append(usage.ru_maxrss / 1024)
                found[index].size = os.path.getsize(target)
    return found


def run(row: Row, words: dict, found: Found):
    """Seconds and what was used; nothing when it failed, which is kept."""
    target = words["target"]
    if os.path.exists(target):
        os.remove(target)
    wall, usage, found.failure = timed(command(row, words))
    if not found.failure and not os.path.exists(target):
        found.failure = "it wrote nothing"
    return None if found.failure else (wall, usage)


def command(row: Row, words: dict) -> list:
    # Not by `format`: a program in a command may have braces of its own.
    return [re.sub(r"\{(\w+)\}", lambda name: words[name[1]], word) for word in row.command]


def timed(words: list):
    """Seconds, what the process and those it waited for used, and how it failed.

    A process begins with the memory of the one that starts it, as Linux counts. So this one stays
    small and opens no picture.
    """
    with tempfile.TemporaryFile() as said:
        start = time.perf_counter()
        child = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=said, stderr=said,
                                 start_new_session=True)
        # A pipe is several processes.
        stop = threading.Timer(LIMIT_SECONDS, os.killpg, (child.pid, signal.SIGKILL))
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
        return wall, usage, failure(child.returncode, wall, said)


def failure(code: int, wall: float, said) -> str:
    if code == 0:
        return ""
    said.seek(0)
    end = " ".join(said.read().decode(errors="replace").split())[-300:] or "it said nothing"
    if wall >= LIMIT_SECONDS:
        return f"took more than {LIMIT_SECONDS} seconds: {end}"
    return f"ended with {code}: {end}"


def look(job: Job, source: str, target: str, found: Found) -> None:
    with open(target, "rb") as file:
        head = file.read(26)
    if head[:8] != b"\x89PNG\r\n\x1a\n":
        found.failure = "what it wrote is no PNG"
        return
    depth, kind = struct.unpack("BB", head[24:26])
    kinds = {0: "grey", 2: "RGB", 3: "palette", 4: "grey and alpha", 6: "RGB and alpha"}
    found.form = f"{depth} bit, {kinds.get(kind, kind)}"
    asked = subprocess.run([sys.executable, QUALITY, source, target, job.kind],
                           capture_output=True, text=True)
    if asked.returncode != 0:
        found.failure = f"what it wrote could not be compared: {asked.stderr.strip()[-300:]}"
        return
    found.quality = json.loads(asked.stdout)
    colors = found.quality["colors"]
    if colors is None or colors > job.colors:
        found.failure = f"it wrote {colors or 'more than 65536'} colours and not {job.colors}"


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
