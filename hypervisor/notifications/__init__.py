"""Who is told, when, by which channel.

`message` is what is sent, and what may become of it. `queueing` writes it in the transaction that decides. `channels/` are the ways out, behind one
protocol. `delivery` is the thread of the jobs that takes messages to them, `backoff` how it waits between two attempts.
"""

from hypervisor.notifications.message import Draft
from hypervisor.notifications.queueing import queue, queue_in

__all__ = ["Draft", "queue", "queue_in"]
