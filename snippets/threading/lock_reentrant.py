from threading import Lock, RLock

lock = Lock()
with lock:
    again = lock.acquire(timeout=0.1)
    print("Lock, the second time:", again)
    #> Lock, the second time: False

rlock = RLock()
with rlock:
    again = rlock.acquire(timeout=0.1)
    print("RLock, the second time:", again)
    #> RLock, the second time: True
    # One release for each acquire
    rlock.release()
