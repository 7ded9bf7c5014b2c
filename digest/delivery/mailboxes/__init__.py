"""Incoming mail: mailboxes on a server or on this machine, and the commands that readers send back."""
