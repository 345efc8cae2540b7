"""A grid as a file: HTML, Word, Excel, LaTeX, Markdown, PNG and PDF; texts from data are escaped in each."""
