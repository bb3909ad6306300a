"""Things on the table: cups, pots, presses, kettles, plates, bowls, glasses."""

from __future__ import annotations

from entrepot.demo.pictures.look import Look

_STEAM = '<path d="M{x} {y}q-12-16 0-32t0-32" fill="none" stroke="#fff" stroke-width="7" stroke-linecap="round" opacity=".75"/>'


def _steam(y: int, *columns: int) -> str:
    return "".join(_STEAM.format(x=x, y=y) for x in columns)


def cup(look: Look) -> str:
    handle = f'<path d="M276 196h22q34 0 34 38t-34 38h-30" fill="none" stroke="{look.dark}" stroke-width="17"/>'
    shape = look.pick("M112 170h172v120q0 40-44 40h-84q-44 0-44-40z", "M104 170h188q0 160-68 160h-52q-68 0-68-160z")
    drink = f'<ellipse cx="198" cy="170" rx="{look.pick(86, 94)}" ry="17" fill="{look.dark}"/><ellipse cx="198" cy="172" rx="74" ry="11" fill="#6b4630"/>'
    return _steam(140, 168, 200, 232) + handle + look.body(shape) + drink


def teapot(look: Look) -> str:
    spout = f'<path d="M284 236q34-6 42-58h18q2 92-64 108z" fill="{look.dark}"/>'
    handle = look.pick(
        f'<path d="M112 204q-58-10-58 42t66 46" fill="none" stroke="{look.dark}" stroke-width="16"/>',
        f'<path d="M132 164q0-92 68-92t68 92" fill="none" stroke="{look.accent}" stroke-width="14"/>',
    )
    body = look.body("M200 158c70 0 100 46 100 92s-30 80-60 80h-80c-30 0-60-34-60-80s30-92 100-92z")
    lid = (
        f'<path d="M140 172q60-40 120 0z" fill="{look.light}"/><circle cx="200" cy="144" r="12" fill="{look.accent}"/>'
    )
    return spout + handle + body + lid


def press(look: Look) -> str:
    rod = f'<path d="M200 64v70" stroke="{look.dark}" stroke-width="7"/><circle cx="200" cy="60" r="15" fill="{look.accent}"/>'
    lid = (
        f'<path d="M126 142q0-26 74-26t74 26z" fill="{look.main}"/><path d="M118 140h164v12H118z" fill="{look.dark}"/>'
    )
    glass = '<path d="M128 152h144v168H128z" fill="#e9f1f2"/><path d="M134 208h132v106H134z" fill="#5a3826"/><path d="M134 208h132v12H134z" fill="#8a5f45"/>'
    frame = f'<path d="M128 152v178M272 152v178M168 152v178M232 152v178" stroke="{look.main}" stroke-width="9"/><path d="M116 316h168v14H116z" fill="{look.dark}"/>'
    handle = (
        f'<path d="M276 178h46v110h-46" fill="none" stroke="{look.dark}" stroke-width="16" stroke-linejoin="round"/>'
    )
    shine = '<path d="M148 164v140" stroke="#fff" stroke-width="8" opacity=".45"/>'
    return rod + glass + shine + handle + frame + lid


def dripper(look: Look) -> str:
    cone = look.body("M116 96h168l-58 104h-52z")
    rim = f'<path d="M106 86h188v16H106z" fill="{look.dark}"/><path d="M150 204h100v14H150z" fill="{look.dark}"/>'
    paper = '<path d="M132 86l18-24h100l18 24z" fill="#fbf6ea"/>'
    server = '<path d="M158 218h84l34 66q14 46-30 46h-92q-44 0-30-46z" fill="#e6eff1"/><path d="M132 276h136q12 48-24 48h-88q-36 0-24-48z" fill="#6b4328"/>'
    handle = f'<path d="M262 238h36q14 0 10 18l-14 44" fill="none" stroke="{look.accent}" stroke-width="12" stroke-linecap="round"/>'
    return (
        paper + cone + rim + handle + server + '<path d="M164 226l-24 62" stroke="#fff" stroke-width="7" opacity=".7"/>'
    )


def kettle(look: Look) -> str:
    spout = f'<path d="M120 292C40 280 96 170 54 150l20-12c46 24 14 96 62 104z" fill="{look.dark}"/>'
    handle = look.pick(
        f'<path d="M262 168h52q20 0 18 24l-8 92" fill="none" stroke="{look.accent}" stroke-width="16" stroke-linecap="round"/>',
        f'<path d="M138 158q6-86 62-86t62 86" fill="none" stroke="{look.accent}" stroke-width="15"/>',
    )
    body = look.body("M142 160h116l34 150q4 20-18 20H126q-22 0-18-20z", patterned=False)
    lid = f'<path d="M136 160q0-18 64-18t64 18z" fill="{look.dark}"/><circle cx="200" cy="132" r="12" fill="{look.accent}"/>'
    dial = f'<circle cx="200" cy="230" r="25" fill="{look.paper}"/><path d="M200 230l12-14" stroke="#bd4438" stroke-width="5" stroke-linecap="round"/>'
    return spout + handle + body + lid + look.pick(dial, "", dial)


def grinder(look: Look) -> str:
    crank = f'<path d="M200 120V84h84" fill="none" stroke="{look.dark}" stroke-width="11" stroke-linejoin="round"/><path d="M268 60h32v44h-32z" fill="{look.accent}"/>'
    hopper = look.body("M138 120h124l-18 66h-88z", patterned=False)
    box = look.body("M124 194h152v136H124z", colour=look.pick("#b9824f", "#80553a", look.main))
    drawer = f'<rect x="146" y="246" width="108" height="56" rx="4" fill="#00000030"/><circle cx="200" cy="274" r="9" fill="{look.accent}"/>'
    return crank + hopper + box + f'<path d="M114 184h172v14H114zM112 318h176v14H112z" fill="{look.dark}"/>' + drawer


def plate(look: Look) -> str:
    rim = f'<circle cx="200" cy="206" r="126" fill="{look.dark}" opacity=".25"/><circle cx="200" cy="200" r="126" fill="{look.main}"/><circle cx="200" cy="200" r="126" fill="url(#p)"/>'
    well = f'<circle cx="200" cy="200" r="86" fill="{look.light}"/><circle cx="200" cy="200" r="86" fill="none" stroke="{look.dark}" stroke-width="3" opacity=".35"/>'
    edge = (
        f'<circle cx="200" cy="200" r="119" fill="none" stroke="{look.pick(look.accent, look.dark)}" stroke-width="5"/>'
    )
    shine = '<path d="M138 176q18-40 58-44" fill="none" stroke="#fff" stroke-width="9" stroke-linecap="round" opacity=".7"/>'
    return rim + edge + well + shine


def bowl(look: Look) -> str:
    fill = look.pick("#e9d8a6", "#d98c5f", "#a8b86c")
    inside = f'<ellipse cx="200" cy="186" rx="130" ry="34" fill="{look.dark}"/><ellipse cx="200" cy="190" rx="112" ry="24" fill="{fill}"/>'
    garnish = f'<circle cx="168" cy="186" r="8" fill="#fff8"/><circle cx="214" cy="194" r="10" fill="{look.accent}"/><circle cx="244" cy="184" r="7" fill="#fff8"/>'
    return look.body("M70 186q0 144 100 144h60q100 0 100-144z") + inside + garnish


def goblet(look: Look) -> str:
    drink = look.pick("#b03a48", "#e2b55a", "#c7667a")
    return (
        f'<path d="M200 236v84M154 326h92" stroke="{look.dark}" stroke-width="9" stroke-linecap="round" opacity=".6"/>'
        f'<path d="M130 84h140q8 152-70 152t-70-152z" fill="{look.light}" opacity=".95"/>'
        f'<path d="M135 148h130q-6 80-65 80t-65-80z" fill="{drink}"/>'
        '<path d="M150 100q-2 60 16 92" fill="none" stroke="#fff" stroke-width="7" stroke-linecap="round" opacity=".7"/>'
    )


def tumbler(look: Look) -> str:
    return (
        f'<path d="M126 96h148l-14 222q-1 12-14 12h-92q-13 0-14-12z" fill="{look.light}" opacity=".95"/>'
        f'<path d="M134 178h132l-9 134q-1 10-11 10h-92q-10 0-11-10z" fill="{look.main}"/>'
        '<rect x="160" y="192" width="38" height="36" rx="6" fill="#fff" opacity=".6" transform="rotate(14 180 210)"/>'
        '<rect x="206" y="226" width="34" height="32" rx="6" fill="#fff" opacity=".45" transform="rotate(-16 222 240)"/>'
        '<path d="M146 112l10 180" stroke="#fff" stroke-width="8" stroke-linecap="round" opacity=".6"/>'
    )


def carafe(look: Look) -> str:
    shape = "M168 70h64l-8 76q64 44 64 116 0 68-40 68h-96q-40 0-40-68 0-72 64-116z"
    return (
        f'<path d="{shape}" fill="{look.light}"/><path d="M118 232q82 22 164 0 10 90-34 90h-96q-44 0-34-90z" fill="{look.main}"/>'
        f'<path d="{shape}" fill="url(#s)"/><path d="M162 62h76v14h-76z" fill="{look.dark}"/>'
        '<path d="M146 216q8-30 30-48" fill="none" stroke="#fff" stroke-width="9" stroke-linecap="round" opacity=".7"/>'
    )


MOTIFS = {
    "cup": cup,
    "teapot": teapot,
    "press": press,
    "dripper": dripper,
    "kettle": kettle,
    "grinder": grinder,
    "plate": plate,
    "bowl": bowl,
    "goblet": goblet,
    "tumbler": tumbler,
    "carafe": carafe,
}
