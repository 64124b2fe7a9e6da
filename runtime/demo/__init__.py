"""Data to try rules on: a made-up shop of any size, and the real purchase log of CDNOW."""
