"""The keys of `Params` by subject: some fields each, with their meanings and checks."""
