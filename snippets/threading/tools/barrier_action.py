from threading import Barrier, Thread

walked = {}
totals = []


def add_up():
    # Runs in one of the threads while the
    # others still wait
    totals.append(sum(walked.values()))


meeting_point = Barrier(3, action=add_up)


def hike(name, kilometres):
    walked[name] = kilometres
    meeting_point.wait()
    walked[name] += kilometres
    meeting_point.wait()


friends = [
    Thread(target=hike, args=("A", 4)),
    Thread(target=hike, args=("B", 5)),
    Thread(target=hike, args=("C", 6)),
]
for friend in friends:
    friend.start()
for friend in friends:
    friend.join()

print("kilometres at each meeting point:", totals)
#> kilometres at each meeting point: [15, 30]
