"""Who is in the pictures: how many, how large, and what they do."""

import dataclasses

from keras_drsi.data.synthetic.pose import ACTIVITIES
from keras_drsi.errors import InputError


@dataclasses.dataclass(frozen=True)
class Crowd:
    """How the people of a synthetic data set are drawn by lot.

    Args:
        counts: chances of 1, 2, ... people in a picture.
        statures: smallest and largest stature, as parts of the image height.
        activities: names in `ACTIVITIES`; each keeps its relative frequency.
        turned: chance that somebody looks anywhere, not to the camera.
        facing_spread: standard deviation of the heading of those who look
            to the camera, in degrees.
        perspective: chance that the people of a picture stand on one
            ground, where the near ones are often cut by the border;
            elsewhere they stand anywhere in the picture.
        margin: part of the width on either side in which nobody's middle
            is.

    Raises:
        InputError: for an unknown activity.
    """

    counts: tuple = (0.24, 0.30, 0.23, 0.13, 0.07, 0.03)
    statures: tuple = (0.22, 1.0)
    activities: tuple = tuple(ACTIVITIES)
    turned: float = 0.4
    facing_spread: float = 45.0
    perspective: float = 0.85
    margin: float = 0.05

    def __post_init__(self):
        for activity in self.activities:
            if activity not in ACTIVITIES:
                raise InputError(
                    f"activities: expected some of {tuple(ACTIVITIES)}, got "
                    f"{activity!r}."
                )

    def sample_count(self, rng):
        """Number of people in a picture."""
        return 1 + rng.choice(len(self.counts), p=self.counts)

    def sample_activity(self, rng):
        chances = [ACTIVITIES[name][0] for name in self.activities]
        chosen = rng.choice(len(chances), p=[c / sum(chances) for c in chances])
        return self.activities[chosen]

    def sample_heading(self, rng):
        """Degrees; 0 looks to the camera."""
        if rng.random() < self.turned:
            return rng.uniform(-180, 180)
        return rng.normal(0, self.facing_spread)


# Everyday scenes, the default.
EVERYDAY = Crowd()

# People who wait or walk in full view, mostly towards the camera, arms at their
# sides: what a small network can learn within minutes.
CALM = Crowd(
    counts=(0.4, 0.45, 0.15),
    statures=(0.8, 1.0),
    activities=("waiting", "walking"),
    turned=0.0,
    facing_spread=20.0,
    perspective=0.0,
    margin=0.2,
)
