from threading import Thread

greetings = []


def greet(name, punctuation="."):
    greetings.append(f"Hello, {name}{punctuation}")


x = "Ada"
first = Thread(target=greet, args=(x,))
first.start()
first.join()

kwargs = {"punctuation": "?"}
second = Thread(target=greet, args=("Grace",), kwargs=kwargs)
second.start()
second.join()

print(greetings)
#> ['Hello, Ada.', 'Hello, Grace?']
