from threading import Thread

# One object, seen by every thread
basket = []
baskets_seen = []


def fill(fruit):
    # A local variable: one per call
    label = f"a {fruit}"
    basket.append(label)
    baskets_seen.append(basket)


threads = [Thread(target=fill, args=(f,)) for f in ("plum", "pear")]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()

print(sorted(basket))
#> ['a pear', 'a plum']
print([seen is basket for seen in baskets_seen])
#> [True, True]
