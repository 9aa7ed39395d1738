from threading import BoundedSemaphore

stalls = BoundedSemaphore(3)

try:
    # Again release() without acquire()
    stalls.release()
except ValueError as error:
    print("ValueError:", error)
    #> ValueError: Semaphore released too many times
