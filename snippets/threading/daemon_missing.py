# /// script
# [tool.snippet]
# ending = ["deadlock"]
# ///
# --8<-- [start:program]
from queue import Queue
from threading import Thread

messages = Queue()
log = []


def func():
    while True:  # never returns
        log.append(messages.get())
        messages.task_done()


# daemon=True is missing
t1 = Thread(target=func)
t1.start()

messages.put("started")
messages.put("stopping")
# Until both messages are dealt with
messages.join()

print(log)
#> ['started', 'stopping']
print("the last line of the program")
#> the last line of the program
# --8<-- [end:program]
