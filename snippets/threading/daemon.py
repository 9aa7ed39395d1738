from queue import Queue
from threading import Thread

messages = Queue()
log = []


def func():
    while True:  # never returns
        log.append(messages.get())
        messages.task_done()


t1 = Thread(target=func, daemon=True)
t1.start()

messages.put("started")
messages.put("stopping")
# Until both messages are dealt with
messages.join()

print(log)
#> ['started', 'stopping']
print("the program ends, the thread is alive:", t1.is_alive())
#> the program ends, the thread is alive: True
