from threading import Event

green = Event()

print("red:", green.wait(timeout=0.1))
#> red: False

green.set()
print("green:", green.wait())
#> green: True
print("still green:", green.wait())
#> still green: True

green.clear()
print("red again:", green.wait(timeout=0.1))
#> red again: False
