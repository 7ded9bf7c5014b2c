"""People as ranking sees them: who wrote a paper, and whether it is somebody whom a reader follows."""
