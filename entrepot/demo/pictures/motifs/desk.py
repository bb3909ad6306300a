"""Things for the desk: notebooks, planners, cards, pens, pencils, trays."""

from __future__ import annotations

from entrepot.demo.pictures.look import Look


def notebook(look: Look) -> str:
    pages = '<path d="M132 82h168q8 0 8 8v228q0 8-8 8H132z" fill="#f8f2e2"/><path d="M304 96v220M299 94v222" stroke="#0002" stroke-width="2"/>'
    cover = look.body("M112 74h172q8 0 8 8v240q0 8-8 8H112q-12 0-12-12V86q0-12 12-12z")
    spine = f'<path d="M112 74h18v256h-18q-12 0-12-12V86q0-12 12-12z" fill="{look.dark}"/>'
    closing = look.pick(
        f'<path d="M268 74v256" stroke="{look.accent}" stroke-width="8"/>',
        f'<path d="M230 330v26l8-8 8 8v-26z" fill="{look.accent}"/>',
    )
    return pages + cover + spine + closing + look.tag(196, 156, 112, 66)


def planner(look: Look) -> str:
    rings = "".join(
        f'<path d="M{x} 66v34" stroke="#6d7378" stroke-width="8" stroke-linecap="round"/>' for x in (128, 176, 224, 272)
    )
    page = f'<path d="M92 84h216q10 0 10 10v226q0 10-10 10H92q-10 0-10-10V94q0-10 10-10z" fill="{look.paper}"/>'
    head = look.body("M92 84h216q10 0 10 10v54H82V94q0-10 10-10z")
    marked = look.chance % 20
    cells = "".join(
        f'<rect x="{100 + 42 * (n % 5)}" y="{168 + 38 * (n // 5)}" width="32" height="28" rx="4" '
        f'fill="{look.accent if n == marked else "#00000014"}"/>'
        for n in range(20)
    )
    return (
        page
        + head
        + rings
        + cells
        + look.write(200, 124, 190, colour=look.ink if look.is_pale else look.paper, lines=1)
    )


def card(look: Look) -> str:
    envelope = f'<g transform="rotate(-7 200 220)"><path d="M84 160h232v150H84z" fill="{look.light}"/><path d="M84 160l116 86 116-86" fill="none" stroke="{look.dark}" stroke-width="5"/></g>'
    front = f'<g transform="rotate(5 214 190)"><path d="M128 78h176v216H128z" fill="{look.paper}"/><path d="M140 90h152v130H140z" fill="{look.main}"/><path d="M140 90h152v130H140z" fill="url(#p)"/>'
    arts = (
        '<path d="M204 210l8-84h16l8 84z" fill="#fff"/><path d="M208 158h24M206 184h28" stroke="#bd4438" stroke-width="12"/><path d="M206 126l14-18 14 18z" fill="#bd4438"/>',
        '<path d="M216 214q-4-70 0-100m0 82q-34-6-36-34 30 2 36 34zm0-30q34-6 36-34-30 2-36 34z" fill="#e9f0d8" stroke="#e9f0d8" stroke-width="4"/>',
        f'<circle cx="216" cy="156" r="44" fill="{look.accent}"/><path d="M216 130v52m-22-14q22 28 44 0m-32-26h20" fill="none" stroke="#fff" stroke-width="7" stroke-linecap="round"/>',
    )
    art = arts[{"Lighthouse": 0, "Botanical Cards": 1, "Wax Seal": 2}.get(look.label, look.pick(0, 1, 2))]
    return envelope + front + art + look.write(216, 257, 150) + "</g>"


def pen(look: Look) -> str:
    stroke = f'<path d="M70 318q50-40 96-6t84-4 76-8" fill="none" stroke="{look.main}" stroke-width="6" stroke-linecap="round"/>'
    nib = look.pick(
        '<path d="M178 256h44l-22 68z" fill="#d9b45b"/><path d="M200 276v44" stroke="#5a4a2a" stroke-width="3"/><circle cx="200" cy="274" r="5" fill="#5a4a2a"/>',
        '<path d="M180 256h40l-14 56h-12z" fill="#c4ccd1"/>',
    )
    barrel = look.body("M176 104h48v152h-48z", patterned=False)
    cap = f'<path d="M172 40q0-14 28-14t28 14v74h-56z" fill="{look.dark}"/><path d="M226 48h10v74h-10z" fill="{look.accent}"/><path d="M172 106h56v12h-56zM176 240h48v10h-48z" fill="{look.accent}"/>'
    return stroke + f'<g transform="rotate(38 200 190)">{nib}{barrel}{cap}</g>'


def ink(look: Look) -> str:
    glass = '<path d="M124 170h152q20 16 20 50v84q0 26-26 26H130q-26 0-26-26v-84q0-34 20-50z" fill="#e6eef0"/>'
    liquid = f'<path d="M116 226h168v78q0 16-16 16H132q-16 0-16-16z" fill="{look.main}"/>'
    return glass + liquid + f'<path d="M146 112h108v58H146z" fill="{look.dark}"/>' + look.tag(200, 262, 124, 74)


def ruler(look: Look) -> str:
    marks = "".join(
        f'<path d="M{88 + 14 * n} 176v{26 if n % 4 == 0 else 14}" stroke="{look.ink}" stroke-width="4"/>'
        for n in range(17)
    )
    edge = look.body("M70 176h260v62H70z", patterned=False)
    return f'<g transform="rotate(-28 200 206)">{edge}{marks}<circle cx="312" cy="216" r="8" fill="{look.ground}"/></g>'


def pencil(look: Look) -> str:
    colours = look.pick(
        (look.main, look.accent, look.dark), ("#bd4438", "#d69a35", "#3f6b5c", "#34507a", "#7a4a6b"), (look.main,)
    )
    step = 46
    first = 200 - step * (len(colours) - 1) / 2
    parts = []
    for number, colour in enumerate(colours):
        x = first + step * number
        y = 76 + 22 * (number % 2)
        parts.append(
            f'<path d="M{x - 17:g} {y + 60}h34v{270 - y}h-34z" fill="{colour}"/>'
            f'<path d="M{x - 5:g} {y + 60}h10v{270 - y}h-10z" fill="#fff3"/>'
            f'<path d="M{x - 17:g} {y + 60}l17-52 17 52z" fill="#ecd0a3"/><path d="M{x - 6:g} {y + 26}l6-18 6 18z" fill="{colour}"/>'
        )
    if len(colours) == 1:
        return "".join(parts)
    width = step * (len(colours) - 1) + 52
    band = f'<path d="M{first - 26:g} 256h{width:g}v46h-{width:g}z" fill="{look.paper}"/>'
    return "".join(parts) + band + look.write(200, 279, width - 8, lines=1)


def pen_pot(look: Look) -> str:
    tools = f'<path d="M160 70h18v130h-18z" fill="{look.accent}"/><path d="M160 70l9-24 9 24z" fill="#ecd0a3"/><path d="M196 52h14v150h-14z" fill="{look.dark}"/><path d="M228 84h22v120h-22z" fill="#b9c2c9"/>'
    return tools + look.body("M128 180h144l-8 138q-1 12-12 12H148q-11 0-12-12z")


def tray(look: Look) -> str:
    sheet = '<g transform="rotate(-4 200 180)"><path d="M124 92h150v130H124z" fill="#fffaf0"/><path d="M142 118h110M142 140h110M142 162h70" stroke="#0003" stroke-width="5"/></g>'
    wood = look.pick("#c99c66", "#80553a", "#d9b78a")
    return (
        sheet
        + look.body("M76 196h248v110q0 24-24 24H100q-24 0-24-24z", colour=wood, patterned=False)
        + f'<path d="M150 232h100q12 0 12 14t-12 14H150q-12 0-12-14t12-14z" fill="{look.ground}"/>'
    )


MOTIFS = {
    "notebook": notebook,
    "planner": planner,
    "card": card,
    "pen": pen,
    "pencil": pencil,
    "ink": ink,
    "ruler": ruler,
    "pen-pot": pen_pot,
    "tray": tray,
}
