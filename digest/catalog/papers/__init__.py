"""The papers and what is kept of them: listings, identity, libraries, vectors, summaries."""
