"""Supply chains and industries: which chain and which sector a person works in, or lives beside."""
