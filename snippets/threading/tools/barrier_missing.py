# /// script
# [tool.snippet]
# ending = ["deadlock"]
# ///
# --8<-- [start:program]
from threading import Barrier, Thread

meeting_point = Barrier(3)

# Only two friends come to a meeting point
# for three
friends = [Thread(target=meeting_point.wait) for _ in range(2)]
for friend in friends:
    friend.start()
print("waiting for the third friend")
#> waiting for the third friend
for friend in friends:
    friend.join()
print("never printed")
# --8<-- [end:program]
