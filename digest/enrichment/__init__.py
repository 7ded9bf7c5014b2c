"""Facts added to a paper later: each service one file, each optional and repeatable."""
