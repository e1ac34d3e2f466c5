"""Commands to cars: the queue, the actions that send them, and the charge limit."""
