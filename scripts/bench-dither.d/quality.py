"""How far a dithered picture is from its source when seen from a distance. Prints JSON.

    quality.py SOURCE DITHERED (color | gray)

Both are averaged over blocks of 8×8 pixels, four times with the first block at another place: a
method that works by tiles or along a curve would else look better or worse than it is. `rmse` is
the root of the mean square of the differences of these means, on the scale from 0 to 255 on which
they were averaged. `oklab` is the mean distance of the means in OKLab, times 100, so that 100 lie
between black and white.

Programs make grey in different ways: of the stored sRGB values with two sets of weights, or of
light, which is then kept. Each is held to what it comes nearest, and `reference` says what that is.
Colours are held to the average of sRGB values, which all keep.
"""

import json
import sys

import numpy
from PIL import Image

SIDE = 8
# Where the first block begins, right and down.
STARTS = (0, 3, 5, 6)
LUMA_601 = (0.299, 0.587, 0.114)
LUMA_709 = (0.2126, 0.7152, 0.0722)
# Name, whether light is averaged, weights of grey.
REFERENCES = {
    "color": [("sRGB", False, None)],
    "gray": [
        ("grey by BT.601", False, LUMA_601),
        ("grey by BT.709", False, LUMA_709),
        ("grey of light", True, LUMA_709),
    ],
}
# Björn Ottosson, https://bottosson.github.io/posts/oklab/
LMS_OF_LINEAR = numpy.array([
    [0.4122214708, 0.5363325363, 0.0514459929],
    [0.2119034982, 0.6806995451, 0.1073969566],
    [0.0883024619, 0.2817188376, 0.6299787005],
])
OKLAB_OF_LMS = numpy.array([
    [0.2104542553, 0.7936177850, -0.0040720468],
    [1.9779984951, -2.4285922050, 0.4505937099],
    [0.0259040371, 0.7827717662, -0.8086757660],
])


def main() -> None:
    source, dithered, kind = sys.argv[1:]
    with Image.open(source) as picture:
        before = numpy.asarray(picture.convert("RGB"))
    with Image.open(dithered) as picture:
        colors = picture.convert("RGBA").getcolors(1 << 16)
        after = numpy.asarray(picture.convert("RGB"))
    if before.shape != after.shape:
        size = f"{after.shape[1]}×{after.shape[0]}"
        sys.exit(f"it is {size} pixels and not {before.shape[1]}×{before.shape[0]}")
    print(json.dumps({"colors": len(colors) if colors else None, **nearest(before, after, kind)}))


def nearest(before, after, kind: str) -> dict:
    """Against the reference with the least `rmse`."""
    found, means = [], {}
    for name, light, weights in REFERENCES[kind]:
        if light not in means:
            means[light] = block_means(before, light), block_means(after, light)
        wanted, dithered = means[light]
        if weights:
            wanted = numpy.repeat((wanted @ numpy.array(weights))[..., None], 3, axis=-1)
        rmse = numpy.sqrt(numpy.mean((wanted - dithered) ** 2)) * 255
        distance = numpy.linalg.norm(oklab(wanted, light) - oklab(dithered, light), axis=-1)
        found.append({"rmse": float(rmse), "oklab": float(distance.mean() * 100),
                      "reference": name})
    return min(found, key=lambda it: it["rmse"])


def block_means(pixels, light: bool):
    """From 0 to 1, of whole blocks; a rest at the right and below is left out."""
    values = numpy.arange(256, dtype=numpy.float32) / 255
    table = linear(values) if light else values
    return numpy.concatenate([row_means(table, pixels[start:, start:]) for start in STARTS])


def row_means(table, pixels):
    """A row of blocks at a time, which saves memory; all means in one row."""
    height, width = (length // SIDE * SIDE for length in pixels.shape[:2])
    rows = [table[pixels[y:y + SIDE, :width]].reshape(SIDE, width // SIDE, SIDE, 3)
            .mean(axis=(0, 2), dtype=numpy.float64) for y in range(0, height, SIDE)]
    return numpy.concatenate(rows)


def linear(values):
    return numpy.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)


def oklab(means, light: bool):
    cones = (means if light else linear(means)) @ LMS_OF_LINEAR.T
    return numpy.cbrt(cones) @ OKLAB_OF_LMS.T


if __name__ == "__main__":
    main()
