from threading import Barrier, Thread

log = []
leaders = []
meeting_point = Barrier(3)


def hike():
    for stage in (1, 2, 3):
        log.append(stage)
        if meeting_point.wait() == 0:
            leaders.append(stage)


friends = [Thread(target=hike) for _ in range(3)]
for friend in friends:
    friend.start()
for friend in friends:
    friend.join()

print("stages walked:", log)
#> stages walked: [1, 1, 1, 2, 2, 2, 3, 3, 3]
print("one leader in each of the stages:", leaders)
#> one leader in each of the stages: [1, 2, 3]
