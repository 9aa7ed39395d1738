from threading import Thread, Timer


class Download(Thread):
    page = None

    def run(self):
        self.page = "the page"


download = Download()
shown = []


def show():
    shown.append(download.page)


timer = Timer(1, show)
download.start()
timer.start()
download.join()
timer.join()
assert shown == ["the page"]
