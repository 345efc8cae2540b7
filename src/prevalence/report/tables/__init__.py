"""Tables for print, as a grid of texts and numbers that knows no file format."""
