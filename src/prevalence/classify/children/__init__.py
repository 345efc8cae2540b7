"""Child labour: hours, chores and hazardous work of children against a definition, alone or several side by side."""
