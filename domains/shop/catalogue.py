"""Catalogue: what the shop sells, as the seed writes it into the tables `products` and `variants`."""

from typing import NamedTuple


class Product(NamedTuple):
    """One product; its variants differ in one option."""

    name: str
    category: str
    price: float
    option: str
    values: tuple[str, ...]

    @property
    def slug(self) -> str:
        return self.name.replace(" ", "-")


def _shelf(category: str, *lines: str) -> list[Product]:
    products: list[Product] = []
    for line in lines:
        name, price, option, values = line.split(" | ")
        products.append(Product(name, category, float(price), option, tuple(values.split())))
    return products


CATALOGUE = [
    *_shelf(
        "lighting",
        "desk lamp | 44.50 | color | brass steel black white",
        "floor lamp | 118.00 | color | walnut black linen",
        "string lights | 21.90 | length | 5m 10m 20m",
        "night light | 14.25 | color | moon amber teal",
        "pendant lamp | 86.40 | shade | glass rattan paper opal",
        "reading light | 27.80 | color | silver green black",
    ),
    *_shelf(
        "kitchen",
        "coffee grinder | 69.90 | color | red black cream steel",
        "stoneware mug | 13.60 | color | blue sand charcoal moss rust",
        "cast iron pan | 54.00 | size | 20cm 24cm 28cm",
        "chef knife | 78.30 | blade | 15cm 18cm 21cm",
        "kettle | 49.95 | color | copper white black matte-green",
        "cutting board | 31.20 | wood | oak beech bamboo",
        "storage jar | 11.75 | volume | 0.5l 1l 1.5l 2l",
        "toaster | 58.60 | color | cream black steel",
    ),
    *_shelf(
        "electronics",
        "headphones | 129.00 | color | graphite ivory navy",
        "bluetooth speaker | 74.80 | color | orange slate forest black",
        "power bank | 36.90 | capacity | 5000mah 10000mah 20000mah",
        "alarm clock | 29.40 | color | mint white black",
        "weather station | 92.50 | display | mono color wide",
        "webcam | 64.20 | resolution | 720p 1080p 4k",
        "wireless charger | 33.70 | color | white black sand",
        "e-reader | 139.00 | storage | 8gb 16gb 32gb",
    ),
    *_shelf(
        "office",
        "desk mat | 24.60 | color | grey olive burgundy navy",
        "monitor stand | 47.90 | wood | walnut birch oak",
        "desk organizer | 19.80 | size | small medium large",
        "mechanical keyboard | 104.00 | switches | linear tactile clicky",
        "notebook set | 16.40 | paper | lined dotted blank squared",
        "paper shredder | 83.10 | size | compact standard office",
    ),
    *_shelf(
        "outdoor",
        "two person tent | 189.00 | color | orange green sand",
        "sleeping bag | 96.50 | warmth | summer three-season winter",
        "camping stove | 57.30 | burners | single double triple",
        "water bottle | 22.40 | volume | 0.5l 0.75l 1l 1.5l",
        "headlamp | 38.90 | lumens | 200lm 400lm 800lm",
        "trekking poles | 71.60 | length | 110cm 120cm 130cm",
        "cooler box | 64.90 | volume | 12l 24l 36l",
        "hammock | 43.20 | color | sunset ocean forest stone",
    ),
    *_shelf(
        "garden",
        "watering can | 26.30 | color | zinc green copper",
        "planter | 34.50 | size | small medium large extra-large",
        "pruning shears | 28.70 | size | short standard long",
        "garden hose | 42.80 | length | 10m 20m 30m 50m",
        "bird feeder | 23.90 | material | cedar metal glass",
    ),
    *_shelf(
        "furniture",
        "side table | 79.00 | wood | oak walnut ash",
        "bar stool | 94.70 | color | black natural teal",
        "bookshelf | 148.00 | height | 80cm 120cm 180cm",
        "coat rack | 52.60 | color | white black oak",
        "floor cushion | 39.50 | color | ochre indigo clay sage",
    ),
    *_shelf(
        "textiles",
        "throw blanket | 46.20 | color | rust cream navy forest",
        "bath towel | 18.90 | color | white sand slate blush",
        "linen curtains | 67.40 | length | 140cm 180cm 240cm",
        "table runner | 20.70 | color | natural olive plum",
    ),
    *_shelf(
        "hygiene",
        "electric toothbrush | 59.80 | color | white black rose",
        "beard trimmer | 48.40 | color | steel black blue",
        "foot file | 17.30 | grit | fine medium coarse",
        "shower brush | 15.90 | wood | beech bamboo walnut",
        "ear plugs | 12.20 | size | small medium large",
    ),
    *_shelf(
        "final sale",
        "patio umbrella | 88.00 | color | terracotta teal cream",
        "fondue set | 41.10 | color | red black copper",
        "wall clock | 35.60 | color | gold white slate",
        "picnic basket | 53.30 | size | small medium large",
        "fan heater | 45.70 | power | 1000w 1500w 2000w",
    ),
]
