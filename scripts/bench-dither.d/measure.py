"""Runs the programs of a job in turn, as whole processes, and keeps what each took."""

import json
import os
import struct
import subprocess
import sys
from dataclasses import dataclass, field

import rounds
from jobs import Job
from process import command, write

QUALITY = os.path.join(os.path.dirname(os.path.abspath(__file__)), "quality.py")


@dataclass
class Found(rounds.Found):
    """What became of a row with one picture."""

    form: str = ""
    quality: dict = field(default_factory=dict)


def measure(job: Job, rows: list, source: str, words: dict, runs: int) -> list:
    found = [Found() for _ in rows]
    target = os.path.join(os.path.dirname(source), "target.png")
    words = {**words, "source": source, "target": target}
    title = f"{job.name}, {os.path.basename(source)}"
    rounds.measure(title, rows, found, lambda row: write(command(row.command, words), target),
                   lambda _, it: look(job, source, target, it), runs)
    return found


def look(job: Job, source: str, target: str, found: Found) -> None:
    found.size = os.path.getsize(target)
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
