from threading import Barrier, Lock, Thread

counter = 0
both_have_read = Barrier(2)


def function():
    global counter
    # Wrong: a new lock for each thread
    lock = Lock()
    with lock:
        value = counter
        both_have_read.wait()
        counter = value + 1


threads = [Thread(target=function) for _ in range(2)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()

print("counter =", counter)
#> counter = 1
