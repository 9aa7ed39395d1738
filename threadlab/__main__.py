"""`python -m threadlab`: starts the child in which the program runs, and imports the command line while that starts."""

import sys

if sys.version_info < (3, 13):  # noqa: UP036 - whoever has an older one is told so, in syntax that it reads
    sys.stderr.write(f"threadlab needs Python 3.13 or newer; this is {sys.version_info[0]}.{sys.version_info[1]}\n")
    sys.exit(2)

from threadlab import launch


def main(arguments: list[str] | None = None) -> int:
    """Runs the command line and gives its exit status."""
    arguments = sys.argv[1:] if arguments is None else arguments
    # Without --seed and --schedule, which may be cut short, the seed is 0 whatever else the options say.
    child = launch.start(0) if arguments[:1] == ["run"] and not any(each[:3] == "--s" for each in arguments) else None
    try:
        from threadlab import command

        return command.main(arguments, child)
    except KeyboardInterrupt:  # while it was being imported
        return 130
    finally:
        if child is not None:
            launch.end(child)


if __name__ == "__main__":
    sys.exit(main())
