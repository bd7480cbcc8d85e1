"""Listens where mail is handed in, and writes down who tries: mail_trap.py FILE."""
import selectors
import socket
import sys

selector = selectors.DefaultSelector()
for port in (25, 465, 587, 2525, 24):
    listener = socket.create_server(("127.0.0.1", port))
    selector.register(listener, selectors.EVENT_READ, port)
with open(sys.argv[1], "a", encoding="utf-8") as log:
    print("ready", file=log, flush=True)
    while True:
        for key, _ in selector.select():
            connection, peer = key.fileobj.accept()
            print(f"port {key.data} from {peer}", file=log, flush=True)
            connection.close()
