"""Things for rooms: lamps, candles, textiles, vases, planters."""

from __future__ import annotations

from entrepot.demo.pictures.look import Look

_FLAME = '<path d="M200 64q30 34 0 62-30-28 0-62z" fill="#f6b73c"/><path d="M200 88q13 18 0 34-13-16 0-34z" fill="#fff3c4"/><path d="M200 120v26" stroke="#4a3a30" stroke-width="4"/>'


def lamp(look: Look) -> str:
    glow = '<path d="M118 182h164l46 148H72z" fill="#ffe9a8" opacity=".45"/>'
    stem = look.pick(
        f'<path d="M200 182v136" stroke="{look.dark}" stroke-width="11"/><ellipse cx="200" cy="322" rx="62" ry="11" fill="{look.dark}"/>',
        f'<path d="M176 200q-34 40 0 76 14 22-12 54h72q-26-32-12-54 34-36 0-76z" fill="{look.accent}"/><path d="M150 320h100v12H150z" fill="{look.dark}"/>',
    )
    shade = look.body(look.pick("M150 74h100l40 112H110z", "M106 186q0-110 94-110t94 110z", "M132 80h136v106H132z"))
    return glow + stem + shade


def candle(look: Look) -> str:
    glass = '<path d="M128 146h144v166q0 18-18 18H146q-18 0-18-18z" fill="#f4f1ea"/>'
    wax = look.body("M134 176h132v134q0 14-14 14H148q-14 0-14-14z", patterned=False)
    return glass + wax + _FLAME + look.tag(200, 250, 118, 72)


def pillars(look: Look) -> str:
    second = '<path d="M258 128q20 22 0 42-20-20 0-42z" fill="#f6b73c"/><path d="M258 166v16" stroke="#4a3a30" stroke-width="4"/>'
    return _FLAME + second + look.body("M164 146h72v184h-72z") + look.body("M228 182h60v148h-60z", colour=look.light)


def cushion(look: Look) -> str:
    outline = "M90 92q110 26 220 0 22-4 18 20-24 94 0 180 4 24-20 20-108-22-216 0-24 4-20-20 24-86 0-180-4-24 18-20z"
    piping = f'<path d="{outline}" fill="none" stroke="{look.pick(look.accent, look.dark)}" stroke-width="6"/>'
    crease = '<path d="M108 122q20 24 34 30M292 122q-20 24-34 30M108 284q20-22 34-26M292 284q-20-22-34-26" fill="none" stroke="#0002" stroke-width="5" stroke-linecap="round"/>'
    return look.body(outline) + crease + piping


def throw(look: Look) -> str:
    fringe = "".join(f'<path d="M{x} 296v30" stroke="{look.light}" stroke-width="6"/>' for x in range(106, 300, 16))
    lower = look.body("M96 190h208v108H96z")
    fold = look.body("M84 118q0-16 16-16h200q16 0 16 16v84H84z", colour=look.light)
    edge = f'<path d="M84 202h232" stroke="{look.dark}" stroke-width="5" opacity=".5"/><path d="M96 284h208" stroke="{look.accent}" stroke-width="9"/>'
    return fringe + lower + fold + edge


def towel(look: Look) -> str:
    rail = '<path d="M70 92h260" stroke="#b48a5c" stroke-width="14" stroke-linecap="round"/>'
    back = f'<path d="M128 92h156v196H128z" fill="{look.dark}"/>'
    front = look.body("M116 84h168q10 0 10 10v226H106V94q0-10 10-10z")
    bands = f'<path d="M106 274h188M106 290h188" stroke="{look.accent}" stroke-width="6"/>'
    fringe = "".join(f'<path d="M{x} 318v16" stroke="{look.light}" stroke-width="5"/>' for x in range(112, 296, 14))
    return back + fringe + front + bands + rail


def vase(look: Look) -> str:
    stems = '<path d="M190 170q-20-50-44-78M204 170q2-60 4-104M216 170q24-44 48-66" fill="none" stroke="#5f7f4f" stroke-width="6"/>'
    bloom = look.pick("#e07a5f", "#f2cc8f", "#b56576", "#7a8fc4")
    heads = "".join(
        f'<circle cx="{x}" cy="{y}" r="21" fill="{bloom}"/><circle cx="{x}" cy="{y}" r="8" fill="#fff4d6"/>'
        for x, y in ((144, 88), (208, 62), (266, 100))
    )
    shape = look.pick(
        "M168 160h64q0 40 34 74 22 30-2 76-6 20-24 20h-80q-18 0-24-20-24-46-2-76 34-34 34-74z",
        "M160 160h80q-16 30 24 60 38 56-18 110h-92q-56-54-18-110 40-30 24-60z",
        "M148 160h104l-10 158q-1 12-12 12h-60q-11 0-12-12z",
    )
    return stems + heads + look.body(shape)


def planter(look: Look) -> str:
    leaves = "".join(
        f'<path d="M200 206q{side * width} -30 {side * width * 1.15:g} -{height} q-{side * 8} 0 -{side * width * 1.15:g} {height}z" fill="{colour}"/>'
        for side, width, height, colour in (
            (-1, 92, 96, "#5f8a57"),
            (1, 92, 96, "#4f7a4c"),
            (-1, 46, 132, "#7ba46a"),
            (1, 46, 132, "#6a9660"),
            (1, 4, 146, "#8ab879"),
        )
    )
    pot = look.body("M122 214h156l-20 104q-2 12-16 12h-84q-14 0-16-12z")
    return leaves + pot + look.body("M108 192h184v34H108z", colour=look.dark, patterned=False)


MOTIFS = {
    "lamp": lamp,
    "candle": candle,
    "pillars": pillars,
    "cushion": cushion,
    "throw": throw,
    "towel": towel,
    "vase": vase,
    "planter": planter,
}
