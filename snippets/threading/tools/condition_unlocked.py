from threading import Condition

table = Condition()

try:
    table.notify_all()
except RuntimeError as error:
    print("notify_all:", error)
    #> notify_all: cannot notify on un-acquired lock

try:
    table.wait(timeout=0.1)
except RuntimeError as error:
    print("wait:", error)
    #> wait: cannot wait on un-acquired lock
