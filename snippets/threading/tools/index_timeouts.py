from threading import (
    Barrier,
    BrokenBarrierError,
    Condition,
    Event,
    Semaphore,
)

try:
    Barrier(2).wait(timeout=0.1)
except BrokenBarrierError:
    print("Barrier: BrokenBarrierError")
    #> Barrier: BrokenBarrierError

condition = Condition()
with condition:
    print("Condition:", condition.wait(timeout=0.1))
    #> Condition: False

print("Event:", Event().wait(timeout=0.1))
#> Event: False

print("Semaphore:", Semaphore(0).acquire(timeout=0.1))
#> Semaphore: False
