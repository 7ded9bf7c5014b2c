"""Facts added to a paper later: one file per service, each optional and repeatable."""
