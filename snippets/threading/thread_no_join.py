from threading import Event, Thread

main_has_looked = Event()
done = []


def function_name():
    # Forces the unlucky timing
    main_has_looked.wait()
    done.append("the thread ran")


thread = Thread(target=function_name, args=())
thread.start()

print("without join:", done)
#> without join: []
main_has_looked.set()
thread.join()
print("after join:", done)
#> after join: ['the thread ran']
