from threading import Thread

items = ["the last one"]


def work():
    if items:
        items.pop()


threads = [Thread(target=work) for _ in range(2)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
assert not items
