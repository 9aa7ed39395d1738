# /// script
# [tool.snippet]
# thread_raises = "TypeError"
# ///
# --8<-- [start:program]
from threading import Thread

greetings = []


def greet(name):
    greetings.append(f"Hello, {name}")


x = "Ada"
print("with the comma:", (x,))
#> with the comma: ('Ada',)
print("without it:", (x))
#> without it: Ada

# Calls greet("A", "d", "a")
thread = Thread(target=greet, args=(x))
thread.start()
thread.join()

print(greetings)
#> []
# --8<-- [end:program]
