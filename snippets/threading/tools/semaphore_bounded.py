from threading import BoundedSemaphore

stalls = BoundedSemaphore(3)

try:
    # The same bug: a release() without an acquire()
    stalls.release()
except ValueError as error:
    print("ValueError:", error)
    #> ValueError: Semaphore released too many times
