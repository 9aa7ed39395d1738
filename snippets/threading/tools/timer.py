from threading import Timer, current_thread

rang_in = []


def ring():
    rang_in.append(current_thread())


kitchen_timer = Timer(0.1, ring)
kitchen_timer.start()
# Here main is free to do something else
kitchen_timer.join()

print("times it rang:", len(rang_in))
#> times it rang: 1
print("in the timer's own thread:", rang_in[0] is kitchen_timer)
#> in the timer's own thread: True
