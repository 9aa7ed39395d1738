from threading import Lock

lock = Lock()

try:
    with lock:
        number = int("three")
except ValueError as error:
    print("caught:", error)
    #> caught: invalid literal for int() with base 10: 'three'

print("still locked:", lock.locked())
#> still locked: False
