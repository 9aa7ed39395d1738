from threading import Barrier, Thread

arrived = []
seen = []
meeting_point = Barrier(3)


def hike(name):
    arrived.append(name)
    meeting_point.wait()
    # Nobody gets here before all three
    # have arrived
    seen.append(len(arrived))


friends = [Thread(target=hike, args=(name,)) for name in "ABC"]
for friend in friends:
    friend.start()
for friend in friends:
    friend.join()

print("friends at the meeting point:", seen)
#> friends at the meeting point: [3, 3, 3]
