# /// script
# [tool.snippet]
# not_in_lab = "starts a process"
# ///
# --8<-- [start:program]
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Event, Thread

inside_try = Event()


def write_log(path):
    with path.open("w") as file:
        try:
            file.write("started\n")
            inside_try.set()
            # Stands for endless work
            Event().wait()
        finally:
            file.write("cleaned up\n")


if sys.argv[1:2] == ["writer"]:
    path = Path(sys.argv[2])
    Thread(target=write_log, args=(path,), daemon=True).start()
    inside_try.wait()
    # The program ends here, with the
    # thread inside its try.
else:
    # Run this file once more, as
    # "writer", and read what it left.
    with TemporaryDirectory() as folder:
        path = Path(folder, "log.txt")
        command = [sys.executable, __file__, "writer", str(path)]
        writer = subprocess.run(command)
        print("exit status:", writer.returncode)
        #> exit status: 0
        print("the file holds:", path.read_text().splitlines())
        #> the file holds: []
# --8<-- [end:program]
