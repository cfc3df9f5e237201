"""What one person wears and what their skin and hair look like."""

import dataclasses

import numpy as np

SKINS = (
    (247, 221, 200), (238, 202, 172), (226, 182, 146), (206, 158, 120),
    (181, 130, 92), (150, 102, 70), (118, 78, 54), (88, 58, 44),
)  # fmt: skip
HAIRS = (
    (38, 30, 28), (62, 42, 32), (96, 64, 42), (140, 94, 56), (196, 152, 92),
    (226, 196, 140), (160, 76, 44), (150, 150, 152), (222, 220, 216),
)  # fmt: skip
TOPS = (
    (244, 241, 234), (42, 48, 64), (196, 62, 58), (232, 128, 74),
    (240, 196, 88), (98, 160, 108), (62, 128, 132), (86, 140, 196),
    (58, 82, 146), (128, 92, 152), (222, 146, 164), (150, 158, 168),
    (120, 84, 62), (184, 206, 214), (56, 92, 72), (210, 190, 160),
)  # fmt: skip
BOTTOMS = (
    (44, 56, 86), (74, 100, 144), (52, 52, 58), (112, 116, 122),
    (186, 166, 132), (92, 84, 60), (122, 82, 58), (226, 222, 212),
    (80, 46, 58), (132, 160, 190),
)  # fmt: skip
SHOES = (
    (244, 244, 242), (38, 38, 42), (118, 76, 48), (196, 60, 56),
    (64, 96, 160), (150, 150, 154), (230, 178, 70),
)  # fmt: skip
HAIR_STYLES = {
    "short": 0.28, "parted": 0.16, "long": 0.20, "bun": 0.07,
    "ponytail": 0.08, "curly": 0.08, "bald": 0.05, "cap": 0.04,
    "beanie": 0.03, "headscarf": 0.01,
}  # fmt: skip
PATTERNS = {
    "plain": 0.50, "stripes": 0.16, "pinstripes": 0.06, "blocks": 0.10,
    "print": 0.10, "checks": 0.08,
}  # fmt: skip


@dataclasses.dataclass(frozen=True)
class Cloth:
    """A fabric: its colour, a second one, and the pattern they make."""

    color: np.ndarray
    accent: np.ndarray
    pattern: str = "plain"
    bands: float = 9.0

    def paint(self, hit, start=0.0, length=1.0):
        """Colours the points of a tube.

        Args:
            hit: `Hit`.
            start, length: of the tube along the garment, whose collar is at
                0 and whose waist is at 1.

        Returns:
            RGB, shape (3, N) or (3, 1).
        """
        if self.pattern == "plain":
            return self.color[:, None]
        left, _, ahead = hit.local
        along = start + length * hit.along
        if self.pattern == "stripes":
            second = (along * self.bands) % 1 > 0.55
        elif self.pattern == "pinstripes":
            second = (left * self.bands) % 1 > 0.82
        elif self.pattern == "checks":
            second = (along * self.bands) % 1 > 0.6
            second ^= (left * self.bands * 0.6) % 1 > 0.6
        elif self.pattern == "blocks":
            second = along < 0.42
        else:
            second = (left / 0.5) ** 2 + ((along - 0.5) / 0.17) ** 2 < 1
            second &= ahead > 0
        return np.where(second, self.accent[:, None], self.color[:, None])


@dataclasses.dataclass(frozen=True)
class Outfit:
    """Clothes, skin and hair of one person.

    Colours are float32 RGB in 0..255. Left and right always match, so that
    only the body tells them apart.

    Args:
        skin, lips, hair, eyes, shoes, hat: colours.
        hair_style: one of `HAIR_STYLES`.
        beard, glasses: whether the face has them.
        top, bottom: `Cloth`.
        sleeves: how much of the arm is covered: 0, 0.5 (upper arm) or 1.
        legs: "trousers", "shorts", "leggings", "skirt" or "dress".
        hem: where the top ends, 0 at the waist, 1 at the crotch.
        open_jacket: whether the top is a jacket, open over the accent.
    """

    skin: np.ndarray
    lips: np.ndarray
    hair: np.ndarray
    eyes: np.ndarray
    shoes: np.ndarray
    hat: np.ndarray
    hair_style: str
    beard: bool
    glasses: bool
    top: Cloth
    bottom: Cloth
    sleeves: float
    legs: str
    hem: float
    open_jacket: bool

    @classmethod
    def sample(cls, rng, skirt=True):
        """Draws an outfit; without skirts where the pose does not suit."""
        skin = _tint(rng, SKINS, 6)
        tops = _unlike(skin, TOPS)
        top_colors = rng.permutation(len(tops))[:2]
        hair_style = _draw(rng, HAIR_STYLES)
        legs = _draw(
            rng,
            {"trousers": 0.52, "shorts": 0.2, "leggings": 0.1, "skirt": 0.09,
             "dress": 0.09}
            if skirt
            else {"trousers": 0.6, "shorts": 0.25, "leggings": 0.15},
        )  # fmt: skip
        jacket = rng.random() < 0.18 and legs != "dress"
        top = Cloth(
            *(_tint(rng, (tops[i],), 10) for i in top_colors),
            pattern="plain" if jacket else _draw(rng, PATTERNS),
            bands=rng.uniform(5, 10),
        )
        bottom = top
        if legs != "dress":
            bottom = Cloth(_tint(rng, _unlike(skin, BOTTOMS), 8), top.accent)
        hem = rng.uniform(0.15, 0.75)
        return cls(
            skin=skin,
            lips=skin * np.float32((0.80, 0.58, 0.58)),
            hair=_tint(rng, HAIRS[: 3 if skin.mean() < 115 else None], 6),
            eyes=np.float32(((52, 36, 26), (60, 84, 110))[rng.integers(2)]),
            shoes=_tint(rng, SHOES, 6),
            hat=_tint(rng, TOPS, 6),
            hair_style=hair_style,
            beard=hair_style in ("short", "bald", "cap") and rng.random() < 0.3,
            glasses=rng.random() < 0.12,
            top=top,
            bottom=bottom,
            sleeves=1.0 if jacket else (0.0, 0.5, 1.0)[rng.choice(
                3, p=(0.12, 0.48, 0.40))],
            legs=legs,
            hem={"dress": 1.5, "skirt": 0.5 * hem}.get(legs, hem),
            open_jacket=jacket,
        )  # fmt: skip


def _draw(rng, chances):
    names, weights = tuple(chances), np.array(tuple(chances.values()))
    return names[rng.choice(len(names), p=weights / weights.sum())]


def _unlike(skin, colors):
    """Those of the colours in which nobody looks undressed."""
    return [rgb for rgb in colors if np.linalg.norm(skin - rgb) > 75]


def _tint(rng, colors, spread):
    """One of the colours, a little varied."""
    color = np.array(colors[rng.integers(len(colors))], "float32")
    color = color * rng.uniform(0.92, 1.06) + rng.normal(0, spread, 3)
    return np.clip(color, 8, 250).astype("float32")
