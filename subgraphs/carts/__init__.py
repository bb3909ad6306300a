"""What customers and guests mean to buy: carts, their lines, and what these cost right now.

Owns: Cart (key `id`) and its lines; extends User with `cart`. Keeps a read model of the catalog's variants and prices.
Events out: CartChanged. Events in: VariantChanged, UserSignedIn, OrderPlaced, OrderConfirmed, OrderCancelled.

A customer may have several active carts (the one of a cancelled order comes back beside one started meanwhile, so that
neither changes behind their back); `myCart` is the one used last, `myCarts` lists all. A guest's cart becomes the
customer's when they sign in, and keeps its id; the payload of the sign-in shows it.
"""
