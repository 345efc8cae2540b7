"""PDF files: set by Typst a part at a time, so that memory does not grow with them, and joined.

pypdf, the library for joining files, holds each tag for screen readers as an object in memory and packs none when it writes: memory and files would grow
with the tables again, which is what the parts are for. Hence the few pages here, for the files that one version of Typst writes.
"""
