# /// script
# requires-python = ">=3.13"
# ///
# --8<-- [start:program]
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

try:
    messages.put("started")
    messages.put("stopping")
finally:
    # Also if the program's work fails.
    # Once the queue is empty, get()
    # raises ShutDown.
    messages.shutdown()
    t1.join()

print(log)
#> ['started', 'stopping', 'closed']
# --8<-- [end:program]
