"""What a training leaves for people to look at: pictures, tables and a page."""
