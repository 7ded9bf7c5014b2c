"""Mail that comes in: mailboxes on a server or on this machine, and what readers send back."""
