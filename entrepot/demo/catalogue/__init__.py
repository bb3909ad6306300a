"""What the demonstration shop sells, read from one TOML file per department."""

from entrepot.demo.catalogue.model import Category, Item, Offer
from entrepot.demo.catalogue.reading import read_categories, read_items

__all__ = ["Category", "Item", "Offer", "read_categories", "read_items"]
