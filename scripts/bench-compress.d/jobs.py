"""What is measured: jobs, and in each the cases with the command of every program.

The programs of a case have the same input, level and number of threads. What a command names
`source` is one of the inputs of inputs.py or a packed one.
"""

from dataclasses import dataclass

from rounds import Row


@dataclass
class Case:
    title: str
    # One of those of inputs.py.
    input: str
    rows: list
    # The ending of what is packed.
    suffix: str
    # Unpacks `target` to standard output, or an archive into `folder`.
    unpack: list
    # Packs the input beforehand, where unpacking is measured.
    pack: Row | None = None

    def makes_folder(self) -> bool:
        return self.pack is not None and self.input == "files"


@dataclass
class Job:
    name: str
    title: str
    cases: list


SUFFIXES = {"zstd": ".zst", "gzip": ".gz", "brotli": ".br", "xz": ".xz", "lz4": ".lz4",
            "bzip2": ".bz2", "zip": ".zip", "tar.zst": ".tar.zst", "tar.gz": ".tar.gz"}
UNTAR = ["tar", "-xf", "{target}", "-C", "{folder}"]
# What is packed is right when these make the input of it again.
UNPACK = {
    "zstd": ["zstd", "-dqc", "{target}"],
    "gzip": ["gzip", "-dc", "{target}"],
    "brotli": ["brotli", "-dc", "{target}"],
    "xz": ["xz", "-dc", "{target}"],
    "lz4": ["lz4", "-dqc", "{target}"],
    "bzip2": ["bzip2", "-dc", "{target}"],
    "zip": ["unzip", "-q", "{target}", "-d", "{folder}"],
    "tar.zst": UNTAR,
    "tar.gz": UNTAR,
}
# From version 1.10 on lz4 takes all processors unless it is told.
LZ4 = ["env", "LZ4_NBWORKERS=1", "lz4"]
FILITTLE_UNPACKS = Row("filittle", ["{filittle}", "decompress", "{source}", "-o", "{target}",
                                    "--threads", "1"])


def filittle(name: str, level: int, threads: int) -> list:
    """The first is the one others are compared with: they do not unpack what they packed."""
    command = ["{filittle}", "compress", "{source}", "-o", "{target}", "--format", name,
               "--level", str(level), "--threads", str(threads)]
    return [Row("filittle", [*command, "--verify=false"], "does not verify"),
            Row("filittle", command, "unpacks all again and compares it, which is usual",
                "filittle, verified")]


def zstd(level: int, threads: int) -> Row:
    note = "also -T1 reads and writes in other threads than the one that packs; " \
           "--single-thread would not"
    return Row("zstd", ["zstd", f"-{level}", f"-T{threads}", "-q", "{source}", "-o", "{target}"],
               note)


def gzip(level: int, threads: int) -> Row:
    if threads > 1:
        return Row("pigz", ["pigz", f"-{level}", "-p", str(threads), "-n", "-c", "{source}"],
                   to_stdout=True)
    return Row("gzip", ["gzip", f"-{level}", "-n", "-c", "{source}"], to_stdout=True)


def brotli(level: int, _threads: int) -> Row:
    return Row("brotli", ["brotli", "-q", str(level), "-w", "24", "{source}", "-o", "{target}"],
               "a window of 16 MiB, as ours")


def xz(level: int, threads: int) -> Row:
    return Row("xz", ["xz", f"-{level}", f"-T{threads}", "-c", "{source}"], to_stdout=True)


def lz4(level: int, _threads: int) -> Row:
    return Row("lz4", [*LZ4, f"-{level}", "-B7", "-BD", "-q", "{source}", "{target}"],
               "linked blocks of 4 MiB and a checksum of the content, as ours")


def bzip2(level: int, _threads: int) -> Row:
    return Row("bzip2", ["bzip2", f"-{level}", "-c", "{source}"], to_stdout=True)


def info_zip(level: int) -> Row:
    return Row("zip", ["zip", "-q", "-r", f"-{level}", "{target}", "{source}"],
               "knows one thread only")


def bsdtar(options: str, *form: str) -> Row:
    return Row("bsdtar", ["bsdtar", *form, "--options", options, "-cf", "{target}", "{source}"],
               "takes files as the folder gives them, the others by name, which packs better")


def tar(program: str) -> Row:
    return Row("tar", ["tar", "--sort=name", "-I", program, "-cf", "{target}", "{source}"],
               label=f"tar, {program.split()[0]}")


SEVEN_ZIP = Row("7z", ["7z", "a", "-bd", "-y", "-tzip", "-mx=5", "-mmt2", "{target}", "{source}"],
                "has a deflate of its own, whose level 5 tries harder than level 6 of the others")


def packing(name: str, level: int, threads: int, source: str, *peers: Row) -> Case:
    plural = "s" if threads > 1 else ""
    form = f"{name}, " if "tar" in name else ""
    return Case(f"{form}level {level}, {threads} thread{plural}, {source}", source,
                [*filittle(name, level, threads), *peers], SUFFIXES[name], UNPACK[name])


def stream(peer, levels: dict, threads: tuple = (1,)) -> Job:
    """Levels come with their inputs: those that take long have the start alone."""
    name = peer.__name__
    return Job(name, name, [packing(name, level, count, source, peer(level, count))
                            for level, source in levels.items() for count in threads])


def unpacking(name: str, source: str, pack: Row, *peers: Row) -> Case:
    return Case(f"{name}, {source}", source, [FILITTLE_UNPACKS, *peers], SUFFIXES[name],
                UNPACK[name], pack)


JOBS = [
    stream(zstd, {1: "whole", 3: "whole", 9: "whole", 19: "start"}, (1, 2)),
    stream(gzip, {1: "whole", 6: "whole", 9: "start"}, (1, 2)),
    stream(brotli, {5: "whole", 9: "start"}),
    stream(xz, {3: "start", 6: "start"}, (1, 2)),
    stream(lz4, {1: "whole", 9: "whole"}),
    stream(bzip2, {9: "start"}),
    Job("zip", "zip", [
        packing("zip", 6, 1, "files", info_zip(6),
                bsdtar("zip:compression-level=6", "--format", "zip")),
        packing("zip", 6, 2, "files", info_zip(6), SEVEN_ZIP),
    ]),
    Job("tar", "tar.zst and tar.gz", [
        packing("tar.zst", 3, 1, "files", tar("zstd -3 -T1"),
                bsdtar("zstd:compression-level=3", "--zstd")),
        packing("tar.zst", 3, 2, "files", tar("zstd -3 -T2"),
                bsdtar("zstd:compression-level=3,zstd:threads=2", "--zstd")),
        packing("tar.gz", 6, 1, "files", tar("gzip -6"),
                bsdtar("gzip:compression-level=6", "--gzip")),
        packing("tar.gz", 6, 2, "files", tar("pigz -6 -p 2")),
    ]),
    Job("unpack", "Unpacking what the other program packed", [
        unpacking("zstd", "whole", zstd(3, 1),
                  Row("zstd", ["zstd", "-dq", "{source}", "-o", "{target}"])),
        unpacking("gzip", "whole", gzip(6, 1),
                  Row("gzip", ["gzip", "-dc", "{source}"], to_stdout=True)),
        unpacking("brotli", "whole", brotli(5, 1),
                  Row("brotli", ["brotli", "-d", "{source}", "-o", "{target}"])),
        unpacking("xz", "start", xz(6, 1),
                  Row("xz", ["xz", "-dc", "-T1", "{source}"], to_stdout=True)),
        unpacking("lz4", "whole", lz4(1, 1),
                  Row("lz4", [*LZ4, "-dq", "{source}", "{target}"])),
        unpacking("bzip2", "start", bzip2(9, 1),
                  Row("bzip2", ["bzip2", "-dc", "{source}"], to_stdout=True)),
        unpacking("zip", "files", info_zip(6),
                  Row("unzip", ["unzip", "-q", "{source}", "-d", "{target}"]),
                  Row("bsdtar", ["bsdtar", "-xf", "{source}", "-C", "{target}"]),
                  Row("7z", ["7z", "x", "-bd", "-y", "-mmt1", "-o{target}", "{source}"])),
    ]),
]
PEERS = sorted({row.peer for job in JOBS for case in job.cases for row in case.rows}
               - {"filittle"})
