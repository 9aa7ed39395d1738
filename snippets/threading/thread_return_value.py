from threading import Thread

squares = {}


def square(n):
    squares[n] = n * n
    return n * n  # nobody receives this


thread = Thread(target=square, args=(7,))
thread.start()

print("join returned:", thread.join())
#> join returned: None
print("the thread stored:", squares[7])
#> the thread stored: 49
