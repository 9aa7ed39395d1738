from threading import Barrier, BrokenBarrierError, Thread

meeting_point = Barrier(3)
outcomes = {}


def hike(name, weather):
    try:
        if weather[name] == "storm":
            raise RuntimeError("cannot go on")
        meeting_point.wait()
        outcomes[name] = "goes on"
    except BrokenBarrierError:
        outcomes[name] = "turns back"
    except RuntimeError:
        # Or the others wait forever
        meeting_point.abort()
        outcomes[name] = "aborts"


def try_to_hike(weather):
    friends = [
        Thread(target=hike, args=(name, weather)) for name in "ABC"
    ]
    for friend in friends:
        friend.start()
    for friend in friends:
        friend.join()


try_to_hike({"A": "sun", "B": "sun", "C": "storm"})
print(sorted(outcomes.items()))
#> [('A', 'turns back'), ('B', 'turns back'), ('C', 'aborts')]

try_to_hike({"A": "sun", "B": "sun", "C": "sun"})
print(sorted(outcomes.items()))
#> [('A', 'turns back'), ('B', 'turns back'), ('C', 'turns back')]

# Nobody waits at the barrier now: it is
# safe to reset it
meeting_point.reset()
try_to_hike({"A": "sun", "B": "sun", "C": "sun"})
print(sorted(outcomes.items()))
#> [('A', 'goes on'), ('B', 'goes on'), ('C', 'goes on')]
