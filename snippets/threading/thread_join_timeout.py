from threading import Event, Thread

answer_arrived = Event()

thread = Thread(target=answer_arrived.wait)
thread.start()

print("join returned:", thread.join(timeout=0.05))
#> join returned: None
print("still alive:", thread.is_alive())
#> still alive: True

answer_arrived.set()
print("join returned:", thread.join())
#> join returned: None
print("still alive:", thread.is_alive())
#> still alive: False
