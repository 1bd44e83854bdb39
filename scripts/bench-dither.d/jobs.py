"""What is measured: jobs, and for each the command of every program that can do it.

The commands are as equal as the programs allow: the same palette, PNG by zlib level 1 and without
filter, and else what each does when nothing is said. Pillow's start of Python counts, as the start
of any other.
"""

from dataclasses import dataclass

from rounds import Row


@dataclass
class Job:
    name: str
    title: str
    # How quality is measured: "color" or "gray".
    kind: str
    # Their commands name `source`, `target` and palettes.
    rows: list
    # There may be no more in the result.
    colors: int
    suffix: str = ".jpg"


# zlib level 1 and no filter, as far as each can be told.
IMAGEMAGICK_PNG = ["-define", "png:compression-level=1", "-define", "png:compression-filter=0"]
FFMPEG_PNG = ["-pred", "none", "-compression_level", "1", "-frames:v", "1", "-update", "1"]
FFMPEG = ["ffmpeg", "-v", "error", "-y", "-i", "{source}"]
PILLOW = ("import sys; from PIL import Image; "
          "picture = Image.open(sys.argv[1]); {}.save(sys.argv[2], compress_level=1)")
HILBERT = "what it makes has the pattern of a Hilbert curve, whatever its manual calls it"


def netpbm(middle: str) -> list:
    """By bash, because what goes wrong at the beginning of a pipe is to be seen."""
    pipe = f"jpegtopnm -quiet \"$1\" | {middle} | pnmtopng -quiet -compression 1 -nofilter > \"$2\""
    return ["bash", "-o", "pipefail", "-c", pipe, "pipe", "{source}", "{target}"]


def ours(*options: str) -> Row:
    return Row("filittle", ["{filittle}", "dither", "{source}", "-o", "{target}", *options])


def imagemagick(*options: str) -> Row:
    return Row("imagemagick", ["{imagemagick}", "{source}", *options, *IMAGEMAGICK_PNG, "{target}"])


def graphicsmagick(*options: str) -> Row:
    command = ["gm", "convert", "{source}", *options, "-quality", "10", "{target}"]
    return Row("graphicsmagick", command, HILBERT)


def ffmpeg(palette: str, graph: str, note: str = "", label: str = "") -> Row:
    inputs = ["-i", palette] if palette else []
    return Row("ffmpeg", [*FFMPEG, *inputs, "-lavfi", graph, *FFMPEG_PNG, "{target}"], note, label)


def pillow(expression: str) -> Row:
    program = PILLOW.format(expression)
    return Row("pillow", ["{python}", "-c", program, "{source}", "{target}", "{pico_8}"])


VIPS = Row("vips", ["vips", "copy", "{source}",
                    "{target}[palette,bitdepth=4,compression=1,filter=none]"], "effort 7, the usual")
# Slower speeds compress by level 9.
PNGQUANT = Row("pngquant", ["pngquant", "--speed", "10", "--force", "-o", "{target}", "16",
                            "{source}"], "speed 10, the slowest that compresses by level 1")

JOBS = [
    Job("fixed", "Floyd–Steinberg to the 16 colours of PICO-8", "color", [
        ours("--palette", "pico-8"),
        imagemagick("-dither", "FloydSteinberg", "-remap", "{pico_8}"),
        graphicsmagick("-dither", "-map", "{pico_8}"),
        pillow("picture.quantize(palette=Image.open(sys.argv[3]).quantize(16), "
               "dither=Image.Dither.FLOYDSTEINBERG)"),
        ffmpeg("{pico_8_256}", "paletteuse=dither=floyd_steinberg"),
    ], 16),
    Job("adaptive", "Floyd–Steinberg to 16 colours taken from the picture", "color", [
        ours("--extract", "16"),
        imagemagick("-dither", "FloydSteinberg", "-colors", "16"),
        graphicsmagick("-dither", "-colors", "16"),
        ffmpeg("", "split[a][b];[a]palettegen=max_colors=16:reserve_transparent=0[p];"
                   "[b][p]paletteuse=dither=floyd_steinberg"),
        VIPS,
    ], 16),
    Job("adaptive-png", "The same from a PNG, because pngquant reads no other", "color", [
        ours("--extract", "16"),
        PNGQUANT,
    ], 16, ".png"),
    Job("mono", "Floyd–Steinberg to black and white", "gray", [
        ours("--gray", "--levels", "2"),
        imagemagick("-colorspace", "Gray", "-dither", "FloydSteinberg", "-remap", "{black_white}"),
        graphicsmagick("-colorspace", "GRAY", "-dither", "-map", "{black_white}",
                       "-type", "BiLevel"),
        pillow('picture.convert("L").convert("1")'),
        ffmpeg("{black_white_256}", "[0]format=gray,format=bgra[a];"
                                    "[a][1]paletteuse=dither=floyd_steinberg"),
        ffmpeg("", "scale=sws_dither=ed,format=monob", "its own error diffusion",
               label="ffmpeg swscale"),
        Row("netpbm", netpbm("ppmtopgm -quiet | pamditherbw -quiet -floyd | pamtopnm -quiet"),
            "keeps the average of light, as BT.709 tells it"),
    ], 2),
    Job("ordered", "Bayer 8×8 to 2 levels a channel", "color", [
        ours("--algorithm", "bayer", "--matrix-size", "8", "--levels", "2"),
        imagemagick("-ordered-dither", "o8x8"),
        ffmpeg("{eight_256}", "paletteuse=dither=bayer:bayer_scale=0",
               "its thresholds are too near for so few colours"),
        Row("netpbm", netpbm("ppmdither -quiet -dim 3 -red 2 -green 2 -blue 2")),
    ], 8),
]
PEERS = sorted({row.peer for job in JOBS for row in job.rows} - {"filittle"})
