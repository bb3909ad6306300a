"""Things for the trail: packs, bags, tents, sleeping bags, lanterns, flasks."""

from __future__ import annotations

from entrepot.demo.pictures.look import Look


def backpack(look: Look) -> str:
    loop = f'<path d="M176 84q0-34 24-34t24 34" fill="none" stroke="{look.dark}" stroke-width="10"/>'
    sides = f'<path d="M104 210h-14q-14 0-14 16v66q0 16 14 16h16zM296 210h14q14 0 14 16v66q0 16-14 16h-16z" fill="{look.dark}"/>'
    body = look.body("M120 156q0-84 80-84t80 84q16 40 16 150 0 24-24 24H128q-24 0-24-24 0-110 16-150z")
    lid = look.pick(
        f'<path d="M112 168q0-96 88-96t88 96q-88 26-176 0z" fill="{look.dark}"/>',
        f'<path d="M122 92h156l8 42H114z" fill="{look.dark}"/>',
        f'<path d="M130 140q70 30 140 0" fill="none" stroke="{look.dark}" stroke-width="5" stroke-dasharray="9 5"/>',
    )
    pocket = f'<path d="M136 220h128v70q0 16-16 16h-96q-16 0-16-16z" fill="{look.light}"/><path d="M136 238h128" stroke="{look.dark}" stroke-width="5"/>'
    strap = f'<path d="M160 150v60M240 150v60" stroke="{look.accent}" stroke-width="10"/><path d="M152 190h16v14h-16zM232 190h16v14h-16z" fill="#4a4038"/>'
    return loop + sides + body + lid + pocket + strap


def tote(look: Look) -> str:
    handles = f'<path d="M150 160q0-96 50-96t50 96" fill="none" stroke="{look.dark}" stroke-width="13"/>'
    body = look.body(
        look.pick("M98 156h204l14 174H84z", "M76 176q0-20 20-20h208q20 0 20 20v134q0 20-20 20H96q-20 0-20-20z")
    )
    return (
        handles
        + body
        + look.tag(200, 246, 130, 66)
        + f'<path d="M98 170h204" stroke="{look.accent}" stroke-width="5"/>'
    )


def tent(look: Look) -> str:
    moon = '<circle cx="306" cy="96" r="26" fill="#fff6d8"/>'
    hills = '<path d="M20 330q70-110 150-70t110-40 100 110z" fill="#00000012"/>'
    if look.pick(0, 1) == 0:
        body = look.body("M200 112L346 330H54z", patterned=False)
        door = (
            f'<path d="M200 112l50 218H150z" fill="{look.dark}"/><path d="M200 112l-50 218h22z" fill="{look.accent}"/>'
        )
        return moon + hills + body + door + '<path d="M54 330l-24 10M346 330l24 10" stroke="#8a7a64" stroke-width="4"/>'
    body = look.body("M48 330q12-182 152-182t152 182z", patterned=False)
    ribs = f'<path d="M118 330q0-150 82-182M282 330q0-150-82-182" fill="none" stroke="{look.dark}" stroke-width="6"/>'
    return (
        moon
        + hills
        + body
        + ribs
        + f'<path d="M158 330q4-92 42-92t42 92z" fill="{look.dark}"/><path d="M158 330q4-92 42-92 0 60-20 92z" fill="{look.accent}"/>'
    )


def roll(look: Look) -> str:
    body = look.body("M108 178h184q40 0 40 76t-40 76H108z")
    end = f'<ellipse cx="108" cy="254" rx="40" ry="76" fill="{look.dark}"/><ellipse cx="108" cy="254" rx="26" ry="54" fill="{look.light}"/><ellipse cx="108" cy="254" rx="12" ry="28" fill="{look.dark}"/>'
    return body + end + f'<path d="M186 178v152M260 178v152" stroke="{look.accent}" stroke-width="12"/>'


def sleeping_bag(look: Look) -> str:
    quilt = "".join(
        f'<path d="M122 {y}q78 20 156 0" fill="none" stroke="{look.dark}" stroke-width="4" opacity=".5"/>'
        for y in (170, 206, 242, 278, 308)
    )
    hood = f'<ellipse cx="200" cy="122" rx="66" ry="44" fill="{look.dark}"/><ellipse cx="200" cy="130" rx="46" ry="26" fill="#f7efe0"/>'
    return look.body("M120 118q0-58 80-58t80 58l-16 188q-2 24-24 24h-80q-22 0-24-24z", patterned=False) + quilt + hood


def lantern(look: Look) -> str:
    bail = f'<path d="M130 146q0-96 70-96t70 96" fill="none" stroke="{look.dark}" stroke-width="7"/>'
    cap = f'<path d="M156 116h88l16 34H140z" fill="{look.main}"/><path d="M176 92h48v26h-48z" fill="{look.dark}"/>'
    halo = '<circle cx="200" cy="210" r="104" fill="#ffe9a8" opacity=".4"/>'
    glass = '<path d="M146 150h108q26 60 0 116H146q-26-56 0-116z" fill="#fdf5d9"/><path d="M200 178q26 34 0 66-26-32 0-66z" fill="#f2a93b"/><path d="M200 204q11 18 0 34-11-16 0-34z" fill="#fff3c4"/>'
    wire = f'<path d="M132 208h136M158 152v112M242 152v112" stroke="{look.dark}" stroke-width="4"/>'
    return (
        halo + bail + glass + wire + cap + look.body("M136 264h128l16 56q2 10-10 10H130q-12 0-10-10z", patterned=False)
    )


def torch(look: Look) -> str:
    beam = '<path d="M196 150L120 40h170z" fill="#ffe9a8" opacity=".6" transform="translate(0 -4)"/>'
    head = f'<path d="M146 120h108l-20 70h-68z" fill="{look.dark}"/><path d="M140 106h120v18H140z" fill="#fdf5d9"/>'
    grip = "".join(
        f'<path d="M166 {y}h68" stroke="{look.dark}" stroke-width="5" opacity=".6"/>' for y in range(226, 316, 15)
    )
    button = f'<rect x="188" y="200" width="24" height="14" rx="7" fill="{look.accent}"/>'
    return f'<g transform="rotate(28 200 220)">{beam}{head}{look.body("M166 190h68v140h-68z", patterned=False)}{grip}{button}</g>'


def flask(look: Look) -> str:
    lid = look.pick(
        f'<path d="M160 64h80v52h-80z" fill="{look.accent}"/>',
        f'<path d="M164 84h72v32h-72z" fill="{look.dark}"/><path d="M176 84q0-30 24-30t24 30" fill="none" stroke="{look.dark}" stroke-width="9"/>',
    )
    body = look.body("M152 120h96q20 14 20 44v148q0 18-18 18H150q-18 0-18-18V164q0-30 20-44z", patterned=False)
    band = f'<path d="M146 112h108v12H146z" fill="{look.dark}"/><path d="M132 296h136v12H132z" fill="{look.accent}"/>'
    peak = f'<path d="M152 254l34-58 20 32 12-18 30 44z" fill="{look.paper}"/>' if look.pick(1, 0, 1) else ""
    return lid + body + band + peak


MOTIFS = {
    "backpack": backpack,
    "tote": tote,
    "tent": tent,
    "roll": roll,
    "sleeping-bag": sleeping_bag,
    "torch": torch,
    "lantern": lantern,
    "flask": flask,
}
