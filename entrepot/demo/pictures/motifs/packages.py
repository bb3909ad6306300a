"""Things in packages: bags, tins, boxes, jars, bottles."""

from __future__ import annotations

from entrepot.demo.pictures.look import Look


def bag(look: Look) -> str:
    top = f'<path d="M122 92h156v30H122z" fill="{look.dark}"/><path d="M122 107h156" stroke="{look.light}" '
    seal = f'stroke-width="2" stroke-dasharray="5 4"/><circle cx="200" cy="150" r="9" fill="{look.dark}"/>'
    valve = f'<circle cx="200" cy="150" r="3" fill="{look.light}"/>'
    bean = (
        f'<g transform="rotate(-25 200 292)"><ellipse cx="200" cy="292" rx="17" ry="11" fill="{look.accent}"/>'
        f'<path d="M184 292q8-6 16 0t16 0" fill="none" stroke="{look.dark}" stroke-width="3"/></g>'
    )
    body = look.body("M122 122h156l14 196q1 12-12 12H120q-13 0-12-12z")
    return body + top + seal + valve + look.tag(200, 220, 138, 84) + bean


def tin(look: Look) -> str:
    lid = f'<path d="M118 112q0-22 82-22t82 22v26H118z" fill="{look.dark}"/>'
    knob = f'<rect x="182" y="74" width="36" height="18" rx="8" fill="{look.accent}"/>' if look.pick(1, 0) else ""
    body = look.body("M122 134h156v182q0 14-78 14t-78-14z")
    bands = f'<path d="M122 158h156M122 304h156" stroke="{look.accent}" stroke-width="5"/>'
    leaf = f'<path d="M200 282c-22-4-24-22-22-26 20 0 24 14 22 26zm0 0c22-4 24-22 22-26-20 0-24 14-22 26z" fill="{look.accent}"/>'
    return knob + body + bands + lid + look.tag(200, 212, 140, 76) + leaf


def box(look: Look) -> str:
    front = look.body("M104 128h150v202H104z")
    side = f'<path d="M254 128l44-22v202l-44 22z" fill="{look.dark}"/>'
    lid = f'<path d="M104 128l44-22h150l-44 22z" fill="{look.light}"/>'
    sprig = f'<path d="M179 300v-40m0 26c-18-2-22-16-20-22 16 0 20 10 20 22zm0-10c18-2 22-16 20-22-16 0-20 10-20 22z" fill="{look.accent}" stroke="{look.accent}" stroke-width="4"/>'
    return front + side + lid + look.tag(179, 198, 126, 82) + sprig


def jar(look: Look) -> str:
    glass = '<path d="M124 140h152q14 0 14 18v150q0 22-24 22H134q-24 0-24-22V158q0-18 14-18z" fill="#eef3f2"/>'
    content = look.body("M118 176h164v128q0 18-20 18H138q-20 0-20-18z", patterned=False)
    lid = look.pick(
        f'<path d="M126 98h148q8 0 8 8v34H118v-34q0-8 8-8z" fill="{look.accent}"/><path d="M118 126h164" stroke="{look.dark}" stroke-width="3" opacity=".4"/>',
        f'<path d="M108 142q12-50 30-52h124q18 2 30 52z" fill="{look.light}"/><path d="M108 142q12-50 30-52h124q18 2 30 52z" fill="url(#p)"/><path d="M122 124h156" stroke="{look.accent}" stroke-width="6"/>',
    )
    return glass + content + lid + look.tag(200, 242, 134, 84)


def bottle(look: Look) -> str:
    neck = f'<rect x="178" y="60" width="44" height="30" rx="5" fill="{look.accent}"/>'
    shape = look.pick(
        "M182 88h36v50q0 16 22 30 18 12 18 40v104q0 18-18 18h-80q-18 0-18-18V208q0-28 18-40 22-14 22-30z",
        "M182 88h36v66l54 54v104q0 18-18 18H146q-18 0-18-18V208l54-54z",
    )
    olive = f'<path d="M200 304v-34m0 22q-22 0-24-16 20-2 24 16zm0-8q22 0 24-16-20-2-24 16z" fill="{look.accent}" stroke="{look.accent}" stroke-width="2"/>'
    return neck + look.body(shape, patterned=False) + look.tag(200, 230, 110, 74) + olive


MOTIFS = {"bag": bag, "tin": tin, "box": box, "jar": jar, "bottle": bottle}
