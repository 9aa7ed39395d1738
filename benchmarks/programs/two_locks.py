from threading import Lock, Thread

first, second = Lock(), Lock()


def work(outer, inner):
    with outer, inner:
        pass


threads = [Thread(target=work, args=(first, second)), Thread(target=work, args=(first, second))]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
