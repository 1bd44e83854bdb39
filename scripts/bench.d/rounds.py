"""Runs several programs in turn, and keeps what each took."""

from dataclasses import dataclass, field

from process import say


@dataclass
class Row:
    """One program that does what is measured. Names in braces stand for files."""

    peer: str
    command: list
    note: str = ""
    label: str = ""
    # Whether the result is what comes from its standard output.
    to_stdout: bool = False

    def name(self) -> str:
        return self.label or self.peer


@dataclass
class Found:
    """What became of a row; lists have an element for each round."""

    wall: list = field(default_factory=list)
    cpu: list = field(default_factory=list)
    memory: list = field(default_factory=list)
    size: int = 0
    failure: str = ""


def measure(title: str, rows: list, found: list, run, look, rounds: int) -> None:
    """`run` gives what `process.timed` does; `look` looks at what was written.

    A round before the first fills the caches, and what it writes is looked at. Each of the others
    begins with the next program, so that none always comes after the same.
    """
    say(f"{title}: round that is not counted")
    for row, it in zip(rows, found):
        _, _, it.failure = run(row)
        if not it.failure:
            look(row, it)
    for number in range(rounds):
        say(f"{title}: round {number + 1} of {rounds}")
        for index in range(len(rows)):
            index = (index + number) % len(rows)
            if not found[index].failure:
                keep(found[index], *run(rows[index]))


def keep(it: Found, wall: float, usage, failure: str) -> None:
    it.failure = failure
    if not failure:
        it.wall.append(wall)
        it.cpu.append(usage.ru_utime + usage.ru_stime)
        it.memory.append(usage.ru_maxrss / 1024)
