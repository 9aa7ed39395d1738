from queue import Queue
from threading import Thread

queue = Queue(maxsize=1)
taken = []


def produce():
    queue.put(1)
    queue.put(2)


def consume():
    taken.append(queue.get())


threads = [Thread(target=produce), Thread(target=consume), Thread(target=consume)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
assert sorted(taken) == [1, 2]
