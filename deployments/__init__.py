"""Deployments: where and when flows run; nothing imports this package."""
