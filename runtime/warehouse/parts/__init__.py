"""Transactions for engines that have none, or none that spans several tables."""
