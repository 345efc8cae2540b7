"""The statistical report as one tree of parts, and its writers: Word, HTML, PDF."""
