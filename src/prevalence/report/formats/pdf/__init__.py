"""PDF files: set by Typst a part at a time, so that memory does not grow with them, and joined."""
