from threading import Thread

outcome = {}


def parse(text):
    try:
        outcome["value"] = int(text)
    except ValueError as error:
        outcome["error"] = error


thread = Thread(target=parse, args=("forty-two",))
thread.start()
thread.join()

if "error" in outcome:
    print("main handles it:", type(outcome["error"]).__name__)
    #> main handles it: ValueError
