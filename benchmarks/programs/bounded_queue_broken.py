from threading import Condition, Thread


class BoundedQueue:
    def __init__(self):
        self.items = []
        self.changed = Condition()

    def put(self, item):
        with self.changed:
            if len(self.items) == 1:
                self.changed.wait()
            self.items.append(item)
            self.changed.notify()

    def get(self):
        with self.changed:
            if not self.items:
                self.changed.wait()
            item = self.items.pop()
            self.changed.notify()
            return item


queue = BoundedQueue()
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
