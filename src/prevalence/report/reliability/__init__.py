"""How far estimates can be trusted, by the rules of those who publish such estimates; the rules are data."""
