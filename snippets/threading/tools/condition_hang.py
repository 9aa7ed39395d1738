# /// script
# [tool.snippet]
# ending = ["deadlock"]
# ///
# --8<-- [start:program]
from threading import Condition

table = Condition()

with table:
    table.notify_all()
print("the waiter has spoken")
#> the waiter has spoken

with table:
    table.wait()
print("never printed")
# --8<-- [end:program]
