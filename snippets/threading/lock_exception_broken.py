from threading import Lock

lock = Lock()

try:
    lock.acquire()
    number = int("three")
    # Wrong: the exception skips it
    lock.release()
except ValueError as error:
    print("caught:", error)
    #> caught: invalid literal for int() with base 10: 'three'

print("still locked:", lock.locked())
#> still locked: True
