from threading import Thread

text = "one thread counts words, the other one letters"
counts = {}


def count_words():
    counts["words"] = len(text.split())


def count_letters():
    counts["letters"] = sum(map(str.isalpha, text))


first = Thread(target=count_words)
second = Thread(target=count_letters)
first.start()
second.start()
first.join()
second.join()

print(counts["words"], "words")
#> 8 words
print(counts["letters"], "letters")
#> 38 letters
