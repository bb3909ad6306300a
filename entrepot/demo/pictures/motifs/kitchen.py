"""Things for cooking: pans, knives, boards."""

from __future__ import annotations

from entrepot.demo.pictures.look import Look


def skillet(look: Look) -> str:
    return (
        f'<g transform="rotate(-32 200 200)"><rect x="182" y="272" width="36" height="112" rx="16" fill="{look.dark}"/>'
        f'<circle cx="200" cy="360" r="7" fill="{look.ground}"/><circle cx="200" cy="176" r="116" fill="{look.main}"/>'
        f'<circle cx="200" cy="176" r="116" fill="url(#s)"/><circle cx="200" cy="176" r="94" fill="#2f3136"/></g>'
        '<path d="M150 142q30-38 78-10t24 66-66 40-52-22 16-74z" fill="#fbf8f0"/><circle cx="202" cy="172" r="26" fill="#f0b33c"/>'
    )


def pot(look: Look) -> str:
    handles = f'<path d="M92 214H58v36h40M308 214h34v36h-40" fill="none" stroke="{look.dark}" stroke-width="14" stroke-linejoin="round"/>'
    lid = f'<path d="M96 180q0-62 104-62t104 62z" fill="{look.light}"/><rect x="176" y="96" width="48" height="22" rx="11" fill="{look.accent}"/><path d="M86 178h228v16H86z" fill="{look.dark}"/>'
    return handles + look.body("M96 194h208v104q0 32-34 32H130q-34 0-34-32z", patterned=False) + lid


def knife(look: Look) -> str:
    handle = look.main if look.pick(0, 1, 1) else "#3a332f"
    blade = look.pick(
        "M196 44q44 70 40 190h-62q-2-120 22-190z",
        "M178 50q60 10 58 60v124h-62V56q0-6 4-6z",
        "M200 52q30 60 28 182h-46q-8-120 18-182z",
    )
    return (
        '<g transform="rotate(38 200 200)">'
        f'<path d="{blade}" fill="#d5dde2"/><path d="{blade}" fill="url(#s)"/>'
        f'<path d="M176 234h62v16h-62z" fill="{look.accent}"/>'
        f'<path d="M180 250h54l4 92q0 20-22 20h-20q-20 0-20-20z" fill="{handle}"/>'
        '<circle cx="206" cy="276" r="5" fill="#e8e0d0"/><circle cx="206" cy="306" r="5" fill="#e8e0d0"/>'
        '<circle cx="206" cy="336" r="5" fill="#e8e0d0"/></g>'
    )


def board(look: Look) -> str:
    wood = look.pick("#b9824f", "#8a5a3b", "#d3a66f", "#4f5559")
    shape = look.pick(
        "M122 120h156q16 0 16 16v178q0 16-16 16H122q-16 0-16-16V136q0-16 16-16z",
        "M200 78q110 0 110 126t-110 126T90 204 200 78z",
    )
    grain = '<path d="M126 170q74-24 148 0M120 214q80-26 160 0M126 258q74-24 148 0M136 296q64-20 128 0" fill="none" stroke="#0002" stroke-width="4"/>'
    handle = f'<path d="M176 124V74q0-20 24-20t24 20v50z" fill="{wood}"/><circle cx="200" cy="82" r="9" fill="{look.ground}"/>'
    bread = '<path d="M150 248q-14-54 50-54t50 54-50 26-50-26z" fill="#d79a52"/><path d="M172 222l14 24M196 214l14 26M222 216l10 22" stroke="#f4dfb0" stroke-width="6" stroke-linecap="round"/>'
    return handle + look.body(shape, colour=wood, patterned=False) + grain + look.pick(bread, "", bread)


MOTIFS = {"skillet": skillet, "pot": pot, "knife": knife, "board": board}
