import threading
from threading import Thread

reports = []


def report(args):
    # Text only: keeping the exception
    # would keep its frames alive.
    reports.append(f"{args.thread.name}: {args.exc_value}")


threading.excepthook = report

thread = Thread(target=int, args=("forty-two",), name="parser")
thread.start()
thread.join()

print(reports[0])
#> parser: invalid literal for int() with base 10: 'forty-two'
