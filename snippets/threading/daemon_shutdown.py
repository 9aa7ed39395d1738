from queue import Queue, ShutDown
from threading import Thread

messages = Queue()
log = []


def func():
    try:
        while True:
            log.append(messages.get())
    except ShutDown:
        log.append("closed")


t1 = Thread(target=func)  # not a daemon
t1.start()

messages.put("started")
messages.put("stopping")
messages.shutdown()  # once it is empty, get() raises ShutDown
t1.join()

print(log)
#> ['started', 'stopping', 'closed']
