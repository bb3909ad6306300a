"""The demonstration shop: a catalogue, pictures, stock, customers and past orders, written by the services."""
