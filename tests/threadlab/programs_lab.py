"""Small programs, and what may come of them."""

LOST_UPDATE = """
from threading import Thread
counter = 0
def work():
    global counter
    counter += 1
threads = [Thread(target=work) for _ in range(2)]
for thread in threads: thread.start()
for thread in threads: thread.join()
print(counter)
"""
CHECK_THEN_ACT = """
from threading import Thread
items = [1]
def work():
    if items: items.pop()
threads = [Thread(target=work) for _ in range(2)]
for thread in threads: thread.start()
for thread in threads: thread.join()
print(items)
"""
LOCK_ORDER = """
from threading import Lock, Thread
a, b = Lock(), Lock()
def work(x, y):
    with x:
        with y: pass
threads = [Thread(target=work, args=pair) for pair in ((a, b), (b, a))]
for thread in threads: thread.start()
for thread in threads: thread.join()
"""
LOST_WAKEUP = """
from threading import Condition, Thread
condition = Condition()
def wait():
    with condition: condition.wait()
def notify():
    with condition: condition.notify()
threads = [Thread(target=wait), Thread(target=notify)]
for thread in threads: thread.start()
for thread in threads: thread.join()
"""
SPIN = """
from threading import Thread
flag = [False]
def wait():
    while not flag[0]: pass
    print("seen")
thread = Thread(target=wait)
thread.start()
flag[0] = True
thread.join()
"""
SPIN_GLOBAL = """
from threading import Thread
stop = False
def wait():
    while not stop: pass
    print("seen")
thread = Thread(target=wait)
thread.start()
stop = True
thread.join()
"""
SPIN_COUNTING = """
from threading import Thread
stop = False
def wait():
    looks = 0
    while not stop: looks += 1
thread = Thread(target=wait)
thread.start()
stop = True
thread.join()
print("over")
"""
SLEEPS = """
import time
from threading import Thread
order = []
def work(n):
    time.sleep(n)
    order.append(n)
threads = [Thread(target=work, args=(n,)) for n in (1, 2)]
for thread in threads: thread.start()
for thread in threads: thread.join()
print(order)
"""
ENDLESS = """
from threading import Thread
stop = False
def work():
    while not stop: pass
thread = Thread(target=work)
thread.start()
thread.join()
stop = True
"""
THREAD_EXCEPTION = """
from threading import Thread
def work():
    raise ValueError("no")
thread = Thread(target=work)
thread.start()
thread.join()
print("main goes on")
"""
DAEMON = """
from threading import Thread
def work():
    print("daemon")
Thread(target=work, daemon=True).start()
print("main")
"""
TIMER = """
from threading import Timer
timer = Timer(5, print, args=["ding"])
timer.start()
timer.cancel()
timer.join()
print("over")
"""
QUEUE = """
from queue import Queue
from threading import Thread
queue = Queue(1)
got = []
def produce():
    for n in range(2): queue.put(n)
thread = Thread(target=produce)
thread.start()
for _ in range(2): got.append(queue.get())
thread.join()
print(got)
"""
EVENT_IS_SET = """
from threading import Event, Thread
event = Event()
def work(): event.set()
thread = Thread(target=work)
thread.start()
print(event.is_set())
thread.join()
print(event.is_set())
"""
TRY_LOCK = """
from threading import Lock, Thread
lock = Lock()
x = 0
def work():
    global x
    lock.acquire()
    x = 1
    lock.release()
thread = Thread(target=work)
thread.start()
seen = x
got = lock.acquire(blocking=False)
print(seen, got)
if got: lock.release()
thread.join()
"""
CLOSURE = """
from threading import Thread
def main():
    n = 0
    def work():
        nonlocal n
        n = n + 1
    threads = [Thread(target=work) for _ in range(2)]
    for thread in threads: thread.start()
    for thread in threads: thread.join()
    print(n)
main()
"""
ATTRIBUTE = """
from threading import Thread
class Account:
    def __init__(self): self.balance = 10
    def withdraw(self, n):
        if self.balance >= n: self.balance -= n
account = Account()
threads = [Thread(target=account.withdraw, args=(7,)) for _ in range(2)]
for thread in threads: thread.start()
for thread in threads: thread.join()
print(account.balance)
"""
CLASS_ATTRIBUTE = """
from threading import Thread
class Counter:
    made = 0
    def __init__(self): Counter.made += 1
threads = [Thread(target=Counter) for _ in range(2)]
for thread in threads: thread.start()
for thread in threads: thread.join()
print(Counter.made)
"""
DICTIONARY = """
from threading import Thread
stock = {"a": 1}
def work(): stock["a"] -= 1
threads = [Thread(target=work) for _ in range(2)]
for thread in threads: thread.start()
for thread in threads: thread.join()
print(stock)
"""
PRINTS = """
from threading import Thread
def work(name):
    print(name, 1)
    print(name, 2)
threads = [Thread(target=work, args=(name,)) for name in "ab"]
for thread in threads: thread.start()
for thread in threads: thread.join()
"""
SEMAPHORE = """
from threading import Semaphore, Thread
stalls = Semaphore(1)
order = []
def work(n):
    with stalls: order.append(n)
threads = [Thread(target=work, args=(n,)) for n in (1, 2)]
for thread in threads: thread.start()
for thread in threads: thread.join()
print(order)
"""
TIMEOUT = """
from threading import Lock, Thread
lock = Lock()
def work():
    with lock: print("in")
lock.acquire()
thread = Thread(target=work)
thread.start()
print(lock.acquire(timeout=1))
lock.release()
thread.join()
"""
POOL_DONE = """
from concurrent.futures import ThreadPoolExecutor
with ThreadPoolExecutor(1) as pool:
    future = pool.submit(pow, 2, 3)
    print(future.done())
print(future.result())
"""
ITERATION = """
from threading import Thread
numbers = {1: 1}
def work(): numbers[2] = 2
thread = Thread(target=work)
thread.start()
try:
    for n in numbers: print(n)
except RuntimeError as error: print(error)
thread.join()
"""
POLLING = """
import time
from threading import Thread
done = False
def work():
    global done
    done = True
Thread(target=work).start()
while not done: time.sleep(1)
print("done")
"""
RLOCK = """
from threading import RLock, Thread
lock = RLock()
log = []
def work(n):
    with lock:
        log.append(n)
        with lock: log.append(n)
threads = [Thread(target=work, args=(n,)) for n in (1, 2)]
for thread in threads: thread.start()
for thread in threads: thread.join()
print(log)
"""
ALIVE = """
from threading import Thread, active_count
def work(): pass
thread = Thread(target=work)
thread.start()
print(thread.is_alive(), active_count())
thread.join()
print(thread.is_alive())
"""
RETRIES = """
from threading import Thread
flag = [False]
def wait():
    for _ in range(3):
        if flag[0]: break
    else: print("gave up")
thread = Thread(target=wait)
thread.start()
flag[0] = True
thread.join()
"""
LOCALS = """
from threading import Thread, local
data = local()
seen = []
def work(n):
    data.n = n
    seen.append(data.n == n)
threads = [Thread(target=work, args=(n,)) for n in (1, 2)]
for thread in threads: thread.start()
for thread in threads: thread.join()
print(seen)
"""
GENERATOR = """
from threading import Thread
def count():
    n = 0
    while True:
        yield n
        n += 1
numbers = count()
got = []
def work(): got.append(next(numbers))
threads = [Thread(target=work) for _ in range(2)]
for thread in threads: thread.start()
for thread in threads: thread.join()
print(sorted(got))
"""
RELEASED = """
from threading import Lock, Thread
lock = Lock()
failed = False
def release():
    global failed
    try: lock.release()
    except RuntimeError: failed = True
with lock:
    thread = Thread(target=release)
    thread.start()
thread.join()
print(failed)
"""
TIMED_JOIN = """
from threading import Thread
n, m = 0, 0
def show(): print(n)
def work():
    global n, m
    n += 1
    m = n
    n = m + 1
shows = Thread(target=show, daemon=True)
shows.start()
works = Thread(target=work)
works.start()
shows.join(1)
print(n, m)
"""

SMALL = {name: text for name, text in dict(globals()).items() if name.isupper()}
