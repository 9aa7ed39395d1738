# /// script
# [tool.snippet]
# outputs = ["sold {1..2}, left 0", "sold 2, left -1"]
# ///
# --8<-- [start:program]
from threading import Thread

tickets = 1
sold = []


def buy(name):
    global tickets
    if tickets > 0:
        tickets -= 1
        sold.append(name)


ann = Thread(target=buy, args=("Ann",))
bob = Thread(target=buy, args=("Bob",))
ann.start()
bob.start()
ann.join()
bob.join()

print(f"sold {len(sold)}, left {tickets}")
#> sold 1, left 0
# --8<-- [end:program]
