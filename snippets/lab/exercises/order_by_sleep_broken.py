# /// script
# [tool.snippet]
# outputs = [
#   "The cases, one after the other\nevery case holds",
#   "The cases, one after the other\na case fails",
# ]
# ///
# --8<-- [start:program]
from time import sleep


class Parcel:
    def __init__(self):
        self.content = None

    def send(self, content):
        self.content = content

    def receive(self):
        # By then it will have come.
        sleep(0.1)
        return self.content


# --8<-- [end:program]
# --8<-- [start:check]
from functools import partial
from threading import Thread


def together(*jobs):
    threads = tuple(Thread(target=job) for job in jobs)
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(thread.ident for thread in threads)


def check(content, readers):
    Parcel().send("another")
    parcel = Parcel()
    got = [None] * readers

    def read(number):
        got[number] = parcel.receive()

    jobs = [partial(read, each) for each in range(readers)]
    together(*jobs, partial(parcel.send, content))
    # Each reader gets what was sent.
    assert got == [content] * readers, f"{got=}"


# --8<-- [end:check]
print("The cases, one after the other")
#> The cases, one after the other
try:
    # --8<-- [start:cases]
    check("a book", readers=1)
    check("a bell", readers=1)
    check("a game", readers=2)
    # --8<-- [end:cases]
    print("every case holds")
    #> every case holds
except AssertionError:
    print("a case fails")
