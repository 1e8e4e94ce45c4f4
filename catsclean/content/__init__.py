"""What the pictures show: suspicious labels, odd pictures and shortcuts, from their vectors."""
