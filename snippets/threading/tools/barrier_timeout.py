from threading import Barrier, BrokenBarrierError, Thread

meeting_point = Barrier(3)
heard = []


def hike():
    try:
        # No timeout of its own
        meeting_point.wait()
    except BrokenBarrierError:
        heard.append("broken")


friend = Thread(target=hike)
friend.start()

# Main is the second of three. The third
# never comes.
try:
    meeting_point.wait(timeout=0.1)
except BrokenBarrierError:
    print("main gave up")
    #> main gave up

friend.join()
print("the other friend heard:", heard)
#> the other friend heard: ['broken']
print("broken:", meeting_point.broken)
#> broken: True
