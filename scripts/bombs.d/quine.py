"""Archives that contain themselves: however often they are unpacked, there is more to unpack.

By the method of Russ Cox, "Zip Files All The Way Down" (2010). A deflate stream is taken for a
program of two instructions, "print the next n bytes" (a stored block) and "repeat the last n bytes
printed" (a block of static Huffman codes, made of back-references). See `program`.

The formats are those of Peter Deutsch, "DEFLATE Compressed Data Format Specification" (RFC 1951,
1996) and "GZIP file format specification" (RFC 1952, 1996), and of PKWARE's APPNOTE.
"""

import itertools
import struct
import tarfile
import zlib

LONGEST = 258
# The kinds of lengths and distances by their number of further bits (RFC 1951, 3.2.5).
LENGTH_BITS = [0] * 8 + [n for n in range(1, 6) for _ in range(4)]
DISTANCE_BITS = [0] * 4 + [n for n in range(1, 14) for _ in range(2)]
# How long the head of a file has to be for `repeat` to fit: the length of the head and a `say`.
SHORT, LONG = 65, LONGEST


# The instructions.


def number(value, width):
    """Numbers have their lowest bit first."""
    return f"{value:0{width}b}"[::-1] if width else ""


def kind(value, lowest, widths):
    """Which kind a length or a distance is of, and its further bits."""
    for code, width in enumerate(widths):
        if value < lowest + (1 << width):
            return code, number(value - lowest, width)
        lowest += 1 << width
    raise ValueError(f"too long or too far: {value}")


def copy(length, distance):
    """A back-reference in static codes, which have their highest bit first."""
    code, length_rest = (28, "") if length == LONGEST else kind(length, 3, LENGTH_BITS)
    # Code 256 is the end of a block, the first of the lengths is 257.
    symbol = f"{code + 1:07b}" if code < 23 else f"{code - 23 + 0b11000000:08b}"
    code, distance_rest = kind(distance, 1, DISTANCE_BITS)
    return symbol + length_rest + f"{code:05b}" + distance_rest


def pieces(length):
    """A length as lengths of back-references, all about the same."""
    count = -(-length // LONGEST)
    return [(length + n) // count for n in range(count)]


def block(codes, last=False):
    return number(last, 1) + "10" + codes + "0" * 7


def octets(bits):
    bits += "0" * (-len(bits) % 8)
    return bytes(int(bits[at : at + 8][::-1], 2) for at in range(0, len(bits), 8))


def say(length):
    """The head of a stored block: the bytes behind it are printed. It takes five bytes."""
    return struct.pack("<BHH", 0, length, length ^ 0xFFFF)


def repeat(length):
    """The last bytes printed, once more. This must take five bytes to the bit, as `say` does: in
    one back-reference or two, or with an empty block. There are not many lengths it fits."""
    for parts in [length], [length // 2, length - length // 2]:
        for idle in "", block(""):
            bits = idle + block("".join(copy(part, length) for part in parts))
            if len(bits) == 40:
                return octets(bits)
    raise ValueError(f"no repeat of {length} bytes in five")


def finish(tail, zeros):
    """The last block, which repeats itself and the tail behind it, and then prints zeros. It tells
    its own size: where that would change the size again, empty blocks may make up for it."""
    run = "00110000" + "".join(copy(n, 1) for n in pieces(zeros - 1)) if zeros else ""
    for size in itertools.count(1):
        whole = size + len(tail)
        codes = "".join(copy(n, whole) for n in pieces(whole))
        for idle in range(4):
            bits = block("") * idle + block(codes + run, last=True)
            if -(-len(bits) // 8) == size:
                return octets(bits)


def program(head, tail, zeros=0):
    """A file that begins with `head`, ends with `tail`, and prints itself in between.

    Each line prints what is said at its end, and all of that is the file again. Where the head
    ends with a program of its own, what that prints comes first; the zeros come last.
    """
    end = finish(tail, zeros) + tail
    start, stop, five, twenty = say(len(head) + 5), say(len(end)), say(5), say(20)
    whole, again, nothing = repeat(len(head) + 5), repeat(20), say(0)
    return b"".join([
        head,
        start, head, start,                         # head start
        whole,                                      # head start
        five, whole,                                # whole
        five, five,                                 # five
        twenty, whole, five, five, twenty,          # whole five five twenty
        again,                                      # whole five five twenty
        twenty, again, twenty, again, twenty,       # again twenty again twenty
        again,                                      # again twenty again twenty
        twenty, again, nothing, nothing, stop,      # again nothing nothing stop
        again,                                      # again nothing nothing stop
        nothing, nothing, stop, end,                # end
        end,                                        # end
    ])


# Checksums of files that contain them.


def solution(columns, target):
    """Which of the columns add up to the target, over GF(2): by Gaussian elimination."""
    pivots = []

    def reduced(value, chosen):
        for pivot, of in pivots:
            if value ^ pivot < value:
                value, chosen = value ^ pivot, chosen ^ of
        return value, chosen

    for at, column in enumerate(columns):
        value, chosen = reduced(column, 1 << at)
        if value:
            pivots.append((value, chosen))
            pivots.sort(reverse=True)
    rest, chosen = reduced(target, 0)
    return None if rest else chosen


def own_crc(content):
    """The x that is the CRC-32 of content(x), which holds x at fixed places. A CRC is affine in the
    bits of what it is of: crc(content(x)) = Ax + c, hence (A + 1)x = c. There need not be one."""
    zero = zlib.crc32(content(0))
    columns = [zlib.crc32(content(1 << bit)) ^ zero ^ (1 << bit) for bit in range(32)]
    return solution(columns, zero)


def settled(make, content):
    """The file make(size, crc, salt) that tells its own size and the CRC-32 of its content. Every
    other salt makes another file, until there is a CRC for it."""
    size = 0
    for _ in range(8):
        size = len(make(size, 0, 0))
    if len(make(size, 0, 0)) != size:
        raise ValueError("no size fits")
    for salt in range(1 << 10):
        crc = own_crc(lambda crc: content(make(size, crc, salt)))
        if crc is not None:
            made = make(size, crc, salt)
            assert zlib.crc32(content(made)) == crc
            return made
    raise ValueError("no CRC fits")


# The files.


def gzip_head(name, salt, size):
    """With a comment that brings it to its size. The salt is the time, early in 1970."""
    fixed = struct.pack("<4sIBB", b"\x1f\x8b\x08\x18", salt, 0, 255) + name + b"\0"
    return fixed + b"It contains itself. ".ljust(size - len(fixed) - 1, b"~") + b"\0"


def gz(name):
    def make(size, crc, salt):
        return program(gzip_head(name, salt, SHORT - 5), struct.pack("<II", crc, size))

    return settled(make, lambda made: made)


def tar_gz(name):
    """The tar is a header, the file and zeros. The header is unpacked ahead of the program."""
    def tar_header(size):
        info = tarfile.TarInfo(name.decode())
        info.size = size
        return info.tobuf(tarfile.USTAR_FORMAT)

    def zeros(size):
        return -size % 512 + 1024

    def make(size, crc, salt):
        deflate = zlib.compressobj(9, zlib.DEFLATED, -15, 9, zlib.Z_FIXED)
        header = deflate.compress(tar_header(size)) + deflate.flush(zlib.Z_SYNC_FLUSH)
        head = gzip_head(name, salt, LONG - 5 - len(header)) + header
        tail = struct.pack("<II", crc, 512 + size + zeros(size))
        return program(head, tail, zeros(size))

    return settled(make, lambda made: tar_header(len(made)) + made + bytes(zeros(len(made))))


def zip_of(name):
    """The one member, of the 1st of January 1980. An extra field of the local header, of no known
    kind, brings that to its size and has room for the salt."""
    room = SHORT - 5 - 30 - len(name)

    def make(size, crc, salt):
        directory = 46 + len(name)
        start = max(size - directory - 22, 0)
        packed = max(start - (SHORT - 5), 0)
        common = struct.pack("<HHHHHIIIH", 20, 0, 8, 0, 33, crc, packed, size, len(name))
        extra = struct.pack("<HHI", 0xFFFF, room - 4, salt).ljust(room, b"\0")
        head = b"PK\3\4" + common + struct.pack("<H", room) + name + extra
        record = struct.pack("<4sH24s16x", b"PK\1\2", 20, common) + name
        end = struct.pack("<4sHHHHIIH", b"PK\5\6", 0, 0, 1, 1, directory, start, 0)
        return program(head, record + end)

    return settled(make, lambda made: made)
