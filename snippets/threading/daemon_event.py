from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Event, Thread

inside_try = Event()
stopping = Event()


def write_log(path):
    with path.open("w") as file:
        try:
            file.write("started\n")
            inside_try.set()
            while not stopping.wait(timeout=0.05):
                pass  # one round of work
        finally:
            file.write("cleaned up\n")


with TemporaryDirectory() as folder:
    path = Path(folder, "log.txt")
    thread = Thread(target=write_log, args=(path,))
    thread.start()
    try:
        # The program's own work
        inside_try.wait()
    finally:
        # Also if that work fails
        stopping.set()
        thread.join()
    print("the file holds:", path.read_text().splitlines())
    #> the file holds: ['started', 'cleaned up']
