"""Pictures of the demonstration shop: SVG, drawn by code."""

from entrepot.demo.pictures.drawing import draw_picture, list_pictures
from entrepot.demo.pictures.server import PictureServer

__all__ = ["PictureServer", "draw_picture", "list_pictures"]
