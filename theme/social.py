"""The picture that other sites show beside a link to this one."""

from itertools import pairwise
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

SIZE = WIDTH, HEIGHT = 1200, 630
MARGIN = 90
GROUND, PAPER, WAITING, SECOND = "#14505c", "#ffffff", "#5d8992", "#ffc857"
SCALE = 2  # Drawn larger and then reduced, which smooths the edges.


def social_picture(path: Path, name: str, sentence: str) -> None:
    """Writes a PNG with the logo's motif, the site's name and its sentence; the same bytes for the same words."""
    image = Image.new("RGB", (WIDTH * SCALE, HEIGHT * SCALE), GROUND)
    draw = ImageDraw.Draw(image)
    _motif(draw)
    image = image.resize(SIZE, Image.Resampling.LANCZOS)
    draw = ImageDraw.Draw(image)
    draw.text((MARGIN, 300), name, PAPER, ImageFont.load_default(84))
    font = ImageFont.load_default(36)
    draw.multiline_text((MARGIN, 430), _wrapped(sentence, font), "#d9e8eb", font, spacing=14)
    path.parent.mkdir(parents=True, exist_ok=True)
    image.save(path, optimize=True)


def _motif(draw: ImageDraw.ImageDraw) -> None:
    """Two threads take turns, then join."""
    top, middle, bottom = 110, 170, 230
    bend, joined = 760, 1000

    def line(points: list[tuple[float, float]], colour: str) -> None:
        # Discs close together: joints of a polyline show notches in a bend.
        for (x0, y0), (x1, y1) in pairwise(points):
            steps = max(1, int(max(abs(x1 - x0), abs(y1 - y0))))
            for i in range(steps + 1):
                x, y = x0 + (x1 - x0) * i / steps, y0 + (y1 - y0) * i / steps
                draw.circle((x * SCALE, y * SCALE), 9 * SCALE, colour)

    def curve(start: int) -> list[tuple[float, float]]:
        steps = [i / 40 for i in range(41)]
        return [(bend + (joined - bend) * t, start + (middle - start) * t * t * (3 - 2 * t)) for t in steps]

    for lane in (top, bottom):
        line([(MARGIN + 9, lane), *curve(lane)], WAITING)
    line([(MARGIN + 9, top), (260, top)], PAPER)
    line([(290, bottom), (480, bottom)], SECOND)
    line([(510, top), (620, top)], PAPER)
    line([(650, bottom), *curve(bottom)], SECOND)
    line([(joined, middle), (WIDTH - MARGIN, middle)], PAPER)
    draw.circle((joined * SCALE, middle * SCALE), 20 * SCALE, PAPER)


def _wrapped(sentence: str, font: ImageFont.FreeTypeFont) -> str:
    lines = [""]
    for word in sentence.split():
        longer = f"{lines[-1]} {word}".strip()
        if font.getlength(longer) > WIDTH - 2 * MARGIN:
            lines.append(word)
        else:
            lines[-1] = longer
    return "\n".join(lines)
