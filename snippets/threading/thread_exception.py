# /// script
# [tool.snippet]
# thread_raises = "ValueError"
# ///
# --8<-- [start:program]
from threading import Thread


def parse():
    int("forty-two")  # raises ValueError


thread = Thread(target=parse)
thread.start()

print("join returned:", thread.join())
#> join returned: None
print("main goes on")
#> main goes on
# --8<-- [end:program]
