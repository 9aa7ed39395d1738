from threading import Thread

calls = []


class Forgetful(Thread):
    def run(self):
        calls.append("run")


class Complete(Thread):
    def run(self):
        calls.append("run")
        super().run()  # calls the target


for kind in (Forgetful, Complete):
    calls.clear()
    thread = kind(target=calls.append, args=("target",))
    thread.start()
    thread.join()
    print(kind.__name__, calls)
    #> Forgetful ['run']
    #> Complete ['run', 'target']
