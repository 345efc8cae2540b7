"""Tables that reports of child labour and forced labour print: their layouts are data, their numbers come from one survey."""
