"""What is for sale: categories, products, variants and their prices.

Owns: Category, Product, ProductVariant, Seller (key `id`; a product also by `slug`, a variant also by `sku`).
Events out: VariantChanged. Events in: none.
"""
