"""How `prevalence.loaders.assemble` matches the files of one survey and what it makes of them."""
