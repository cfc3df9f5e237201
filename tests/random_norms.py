"""Networks whose outputs differ from place to place."""


def randomize_norms(model, rng):
    """Gives every batch norm random numbers; fresh ones let maps fade."""
    for weight in model.weights:
        if weight.path.endswith(("gamma", "moving_variance")):
            weight.assign(rng.uniform(0.5, 2, weight.shape))
        elif weight.path.endswith(("beta", "moving_mean")):
            weight.assign(rng.normal(size=weight.shape))
