"""How a model was trained, as far as its run or its card tells."""

from typing import Any

from resunet.inference.cards import origin_of
from resunet.inference.models import ModelFile

_COURSE = ("epochs", "minutes", "learning_rate", "device")
_NOT_TOLD = "The model's card does not say, and the run that trained it is not here."


def training_of(model: ModelFile) -> dict[str, Any]:
    """What there is to say of a model's training.

    Args:
        model: A run's best weights, or a packed model.

    Returns:
        ``epochs``, ``minutes`` (of all epochs), ``learning_rate`` (of the last one), ``device``,
        and ``trained_on`` and ``chosen_on``: the patients that trained it and chose its epoch.
        What is None has its reason.
    """
    origin = origin_of(model.weights, model.config)
    training, split = origin["training"] or {}, origin["split"] or {}
    facts: dict[str, Any] = {}
    for name in _COURSE:
        facts[name] = training.get(name)
        told = training.get("course_reason") or _NOT_TOLD
        facts[f"{name}_reason"] = told if facts[name] is None else None
    for name, of in (("trained_on", "training"), ("chosen_on", "validating")):
        facts[name] = list(split[of]) if of in split else None
        facts[f"{name}_reason"] = None if of in split else origin["split_reason"] or _NOT_TOLD
    if model.config.training.select == "last" and facts["chosen_on"] is not None:
        facts["chosen_on"] = []
    return facts
