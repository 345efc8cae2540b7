"""Which cells may not be published, because a number in them would tell of a few people, and what an attacker could work out."""
