"""Scripts for R and Stata that rebuild a design and an estimate, so that a reviewer can check us."""
