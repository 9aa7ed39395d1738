from threading import Barrier, Thread

counter = 0
both_have_read = Barrier(2)


def function():
    global counter
    value = counter  # read
    # The unlucky moment, forced
    both_have_read.wait()
    counter = value + 1  # write


threads = [Thread(target=function) for _ in range(2)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()

print("counter =", counter)
#> counter = 1
