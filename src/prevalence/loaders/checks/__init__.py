"""What `prevalence.loaders.check` looks at: columns, codes, design, and the quality of the answers."""
