from threading import Lock, Thread

items = ["the last one"]
lock = Lock()


def work():
    with lock:
        if items:
            items.pop()


threads = [Thread(target=work) for _ in range(2)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
assert not items
