"""Offers: the plans and data packages that the network sells, and where it is down."""

PLANS = (
    ("basic", "Basic", 15.0, 3.0),
    ("light", "Light", 22.5, 8.0),
    ("plus", "Plus", 32.9, 20.0),
    ("family", "Family", 39.9, 35.0),
    ("max", "Max", 54.9, 80.0),
    ("ultra", "Ultra", 72.0, 200.0),
)
PACKAGES = (("data-1", "1 GB", 1.0, 4.5), ("data-5", "5 GB", 5.0, 12.9), ("data-20", "20 GB", 20.0, 29.0))
OUTAGES = {"Duluth": "2026-06-16", "Galveston": "2026-06-18", "Reno": "2026-06-17"}
