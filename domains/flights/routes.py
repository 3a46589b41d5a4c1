"""Routes: each hub flies to each other city and back."""

HUBS = ("Denver", "Atlanta", "Chicago")
SPOKES = ("Boise", "Tulsa", "Reno", "Portland", "Savannah", "Austin", "Memphis", "Omaha", "Tampa", "Fresno")
