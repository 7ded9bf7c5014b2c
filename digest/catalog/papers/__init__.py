"""The papers and what is stored about them: listings, identity, libraries, vectors, summaries."""
