"""Files for other systems: SDMX for data desks, Stata and SPSS files of classified data."""
