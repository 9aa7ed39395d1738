from threading import BoundedSemaphore

stalls = BoundedSemaphore(3)
for _ in range(3):
    stalls.acquire()


def visit():
    if not stalls.acquire(timeout=0.1):
        return "gave up"
    try:
        return "went in"
    finally:
        stalls.release()


for name in ("D", "E"):
    print(name, visit())
    #> D gave up
    #> E gave up
