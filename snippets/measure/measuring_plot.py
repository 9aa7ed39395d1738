# /// script
# dependencies = ["matplotlib"]
# ///
# --8<-- [start:plot]
import re
from io import StringIO

from matplotlib import rc_context
from matplotlib.figure import Figure


def plot(io, cpu):
    # Becomes the colour of the text
    ink = "#010203"
    style = {
        "axes.edgecolor": ink,
        "axes.labelcolor": ink,
        "font.size": 12,
        # Text stays text
        "svg.fonttype": "none",
        # The same ids in each build
        "svg.hashsalt": "measuring",
        "text.color": ink,
        "xtick.color": ink,
        "ytick.color": ink,
    }
    with rc_context(style):
        figure = Figure(figsize=(5, 5), layout="constrained")
        axes = figure.subplots(2)
        names = [str(workers) for workers in io]
        for ax, kind, times in zip(
            axes, ("I/O-bound", "CPU-bound"), (io, cpu), strict=True
        ):
            bars = ax.bar(names, list(times.values()), color="#4a80cf")
            ax.bar_label(bars, fmt="%.0f")
            ax.margins(y=0.2)
            ax.set(title=kind, ylabel="milliseconds")
            ax.spines[["top", "right"]].set_visible(False)
        axes[1].set_xlabel("workers")
        file = StringIO()
        nothing = dict.fromkeys(("Creator", "Date", "Format", "Type"))
        figure.savefig(
            file, format="svg", transparent=True, metadata=nothing
        )

    svg = file.getvalue()
    svg = svg[svg.index("<svg") :].replace(ink, "currentColor")
    svg = re.sub("<style.*?</style>|<!--.*?-->", "", svg, flags=re.S)
    svg = re.sub("font-family: [^;]+", "font-family: inherit", svg)
    label = "Two bar charts of the times in the table above"
    return svg.replace(
        "<svg", f'<svg role="img" aria-label="{label}"', 1
    )


# --8<-- [end:plot]
# --8<-- [start:check]
if __name__ == "__main__":
    svg = plot({"none": 320, 4: 80}, {"none": 66, 4: 71})
    print("an SVG picture:", svg.startswith("<svg role"))
    #> an SVG picture: True
    print("its highest bar says 320:", ">320</text>" in svg)
    #> its highest bar says 320: True
# --8<-- [end:check]
