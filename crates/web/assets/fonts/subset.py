"""Makes the web fonts of this folder from the npm packages named in ../README.md.

python3 subset.py <node_modules>
"""

import sys
from io import BytesIO
from pathlib import Path

from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont
from fontTools.varLib.instancer import instantiateVariableFont

LATIN = "U+20-7E U+A0-17F U+18F U+192 U+218-21B U+2C6 U+2C7 U+2D8-2DD U+1E9E"
SIGNS = "U+2010-2015 U+2018-201E U+2020-2022 U+2026 U+202F U+2030 U+2032 U+2033 U+2039 U+203A U+20AC U+2122 U+2190-2193 U+2212 U+2215 U+2248 U+2260 U+2264 U+2265"
MONO = "U+20-7E U+A0-FF U+2013 U+2014 U+2018-201E U+2026 U+2190-2193 U+2212 U+2500 U+2502 U+2514 U+251C"

SANS = "@ibm/plex-sans-variable/fonts/complete/ttf/IBM Plex Sans Var-{}.ttf"
FONT_FILES = [
    (SANS.format("Roman"), "sans.woff2", "JHaaS Sans", f"{LATIN} {SIGNS}", {"wdth": 100, "wght": (400, 700)}),
    (SANS.format("Italic"), "sans-italic.woff2", "JHaaS Sans", f"{LATIN} {SIGNS}", {"wdth": 100, "wght": (400, 700)}),
    ("@ibm/plex-mono/fonts/complete/woff2/IBMPlexMono-Regular.woff2", "mono.woff2", "JHaaS Mono", MONO, {}),
]


def code_points(ranges: str) -> list[int]:
    points = []
    for part in ranges.replace("U+", "").split():
        first, _, last = part.partition("-")
        points.extend(range(int(first, 16), int(last or first, 16) + 1))
    return points


def rename(font: TTFont, family: str) -> None:
    """The licence reserves the name "Plex": a changed font carries another one, and keeps the copyright."""
    keep = {0, 2, 7, 8, 9, 11, 12, 13, 14}
    table = font["name"]
    table.names = [record for record in table.names if record.nameID in keep or record.nameID >= 256]
    for name_id in (1, 4, 16):
        table.setName(family, name_id, 3, 1, 0x409)
    table.setName(family.replace(" ", ""), 6, 3, 1, 0x409)


def reread(font: TTFont) -> TTFont:
    """Writing fills in the glyphs without variations that the instancer leaves out and the subsetter asks for."""
    written = BytesIO()
    font.save(written)
    written.seek(0)
    return TTFont(written)


def make(source: Path, target: Path, family: str, ranges: str, axes: dict) -> None:
    font = TTFont(source)
    if axes:
        font = reread(instantiateVariableFont(font, axes))
    options = Options()
    options.flavor = "woff2"
    options.layout_features = ["kern", "liga", "ccmp", "locl", "mark", "mkmk", "lnum", "sups", "frac", "zero", "rvrn"]
    options.name_IDs = ["*"]
    options.hinting = False
    subsetter = Subsetter(options)
    subsetter.populate(unicodes=code_points(ranges))
    subsetter.subset(font)
    rename(font, family)
    font.flavor = "woff2"
    font.save(target)
    print(f"{target.name}: {target.stat().st_size} bytes")


if __name__ == "__main__":
    modules = Path(sys.argv[1])
    for source, name, family, ranges, axes in FONT_FILES:
        make(modules / source, Path(__file__).parent / name, family, ranges, axes)
