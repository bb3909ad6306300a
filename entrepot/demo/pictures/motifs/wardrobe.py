"""Things to wear: shirts, sweaters, hats, caps, socks, gloves."""

from __future__ import annotations

from entrepot.demo.pictures.look import Look

_TORSO = "M150 88l-62 30-44 96 50 26 26-44v134h160V196l26 44 50-26-44-96-62-30q-50 44-100 0z"


def tee(look: Look) -> str:
    neck = f'<path d="M150 88q50 44 100 0l-10-6q-40 30-80 0z" fill="{look.dark}"/>'
    return look.body(_TORSO) + neck


def shirt(look: Look) -> str:
    placket = f'<path d="M200 110v220" stroke="{look.dark}" stroke-width="4"/>' + "".join(
        f'<circle cx="208" cy="{y}" r="5" fill="{look.paper}"/>' for y in range(140, 320, 40)
    )
    collar = f'<path d="M150 84l50 38-30 24-32-50zM250 84l-50 38 30 24 32-50z" fill="{look.light}"/>'
    pocket = f'<path d="M222 180h42v46l-21 10-21-10z" fill="{look.dark}" opacity=".35"/>'
    return look.body(_TORSO) + placket + collar + pocket


def sweater(look: Look) -> str:
    sleeves = look.body("M132 96q-44 14-56 60l-34 150 46 14 44-120zM268 96q44 14 56 60l34 150-46 14-44-120z")
    trunk = look.body("M142 90q58 26 116 0l26 20v220H116V110z")
    rib = f'<path d="M116 306h168v24H116zM42 300l46 14-4 16-46-14zM358 300l-46 14 4 16 46-14z" fill="{look.dark}"/>'
    neck = f'<path d="M142 90q58 34 116 0l-10-20q-48 16-96 0z" fill="{look.dark}"/>'
    cables = look.pick(
        f'<path d="M168 122q18 22 0 46t0 46 0 46 0 40M232 122q18 22 0 46t0 46 0 46 0 40" fill="none" stroke="{look.light}" stroke-width="9" stroke-linecap="round"/>',
        f'<path d="M116 176h168M116 192h168" stroke="{look.accent}" stroke-width="8"/>',
        f'<path d="M200 96v90" stroke="{look.light}" stroke-width="6" stroke-dasharray="8 4"/>',
    )
    return sleeves + trunk + rib + neck + cables


def beanie(look: Look) -> str:
    bobble = (
        f'<circle cx="200" cy="84" r="34" fill="{look.accent}"/><circle cx="200" cy="84" r="34" fill="url(#s)"/>'
        if look.pick(1, 0)
        else ""
    )
    dome = look.body("M96 256q0-150 104-150t104 150z")
    ribs = "".join(
        f'<path d="M{x} 252v70" stroke="{look.dark}" stroke-width="5" opacity=".45"/>' for x in range(108, 300, 17)
    )
    cuff = look.body(
        "M92 246h216q12 0 12 12v56q0 16-16 16H96q-16 0-16-16v-56q0-12 12-12z", colour=look.light, patterned=False
    )
    return bobble + dome + cuff + ribs


def cap(look: Look) -> str:
    dome = look.body("M84 250q-4-140 110-140 112 0 114 140z")
    environment = f'<path d="M196 110q-50 40-54 140M196 110q50 40 54 140" fill="none" stroke="{look.dark}" stroke-width="4" opacity=".5"/><circle cx="196" cy="108" r="9" fill="{look.dark}"/>'
    brim = look.pick(
        f'<path d="M196 250q110-6 172 40-90 24-190 4-70-8-94-44z" fill="{look.dark}"/>',
        f'<path d="M40 272q160-52 320 0-10 34-160 34T40 272z" fill="{look.dark}"/>',
    )
    return (
        dome
        + environment
        + brim
        + f'<path d="M84 240q112 18 224 0" fill="none" stroke="{look.accent}" stroke-width="10"/>'
    )


def sock(look: Look) -> str:
    shape = "M150 70h78v140q0 20 20 32l58 36q28 20 14 44-8 12-28 12h-66q-28 0-46-16l-24-24q-16-18-12-46z"
    back = f'<g transform="translate(-44 -14)" opacity=".75">{look.body(shape, colour=look.dark, patterned=False)}</g>'
    parts = f'<path d="M150 70h78v34h-78z" fill="{look.accent}"/><path d="M320 322q14-24-14-44-22 8-22 26t14 30q16 0 22-12zM146 236q36 8 44 52l-16 14-22-20q-14-18-6-46z" fill="{look.light}"/>'
    return back + look.body(shape) + parts


def glove(look: Look) -> str:
    hand = look.body(
        "M134 330V202l-36-44q-12-18 4-28t30 8l22 28V84q0-18 17-18t17 18v66-90q0-18 17-18t17 18v92-80q0-18 17-18t17 18v90-60q0-16 15-16t15 16v128q0 50-22 82v38z",
        patterned=False,
    )
    cuff = f'<path d="M124 296h152v34q0 8-8 8H132q-8 0-8-8z" fill="{look.paper}"/>'
    stitch = f'<path d="M160 214q40 20 84 0M172 236v40M200 240v40M228 236v40" fill="none" stroke="{look.dark}" stroke-width="4" stroke-dasharray="6 5"/>'
    return hand + stitch + cuff


MOTIFS = {"tee": tee, "shirt": shirt, "sweater": sweater, "beanie": beanie, "cap": cap, "sock": sock, "glove": glove}
