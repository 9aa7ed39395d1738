# /// script
# [tool.snippet]
# not_in_lab = "counts how often the machine can look"
# outputs = ["the guest looked {0..1000000000} times"]
# ///
# --8<-- [start:program]
import time
from threading import Thread

food_is_ready = False
looks = 0


def eat():
    global looks
    # Asks again and again, and keeps a
    # processor busy with it
    while not food_is_ready:
        looks += 1


guest = Thread(target=eat)
guest.start()
time.sleep(0.1)  # cooking
food_is_ready = True
guest.join()

print("the guest looked", looks, "times")
#> the guest looked 1648230 times
# --8<-- [end:program]
