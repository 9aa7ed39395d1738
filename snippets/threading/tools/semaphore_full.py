from threading import BoundedSemaphore

stalls = BoundedSemaphore(3)
for _ in range(3):
    stalls.acquire()

print("a fourth, at once:", stalls.acquire(blocking=False))
#> a fourth, at once: False
print("a fourth, who waits a bit:", stalls.acquire(timeout=0.1))
#> a fourth, who waits a bit: False

stalls.release()
print("after one has left:", stalls.acquire(timeout=0.1))
#> after one has left: True
