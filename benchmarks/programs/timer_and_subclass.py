from threading import Event, Thread, Timer


class Download(Thread):
    page = None

    def __init__(self):
        super().__init__()
        self.ready = Event()

    def run(self):
        self.page = "the page"
        self.ready.set()


download = Download()
shown = []


def show():
    download.ready.wait()
    shown.append(download.page)


timer = Timer(1, show)
download.start()
timer.start()
download.join()
timer.join()
assert shown == ["the page"]
