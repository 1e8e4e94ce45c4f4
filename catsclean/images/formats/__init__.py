"""What each image format needs: one file a format."""
