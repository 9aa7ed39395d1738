from threading import BoundedSemaphore

stalls = BoundedSemaphore(3)
for _ in range(3):
    stalls.acquire()


def visit():
    try:
        if not stalls.acquire(timeout=0.1):
            return "gave up"
        return "went in"
    finally:
        # Wrong: runs also if acquire()
        # returned False
        stalls.release()


for name in ("D", "E"):
    print(name, visit())
    #> D gave up
    #> E went in
