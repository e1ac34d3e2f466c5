"""Commands to cars: the queue, the actions that send commands, and the charge limit."""
