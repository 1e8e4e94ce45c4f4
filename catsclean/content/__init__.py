"""What the pictures show: vectors from a network, and what they say about labels and oddness."""
