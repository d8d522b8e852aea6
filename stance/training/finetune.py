"""The one fine-tuning loop, over transformers' Trainer. Knows nothing of pairs, spans or files of text.

Both the stance classifier and the span tagger train through :func:`finetune`; what differs (features,
collator, loss, metric) is handed in.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stance.errors import ModelError

if TYPE_CHECKING:
    from transformers import PreTrainedModel, TrainerCallback, TrainingArguments


@dataclass(frozen=True, slots=True)
class LoopSettings:
    """What the loop needs to know. ``epochs`` may be a fraction; ``patience`` counts evaluations."""

    epochs: float = 3.0
    learning_rate: float = 2e-5
    batch_size: int = 32
    warmup_share: float = 0.06
    weight_decay: float = 0.01
    seed: int = 13
    frozen_layers: int = 0
    freeze_embeddings: bool = True
    evaluations: int = 4
    patience: int = 3
    checkpoint_steps: int = 500
    keep_best: bool = True
    threads: int | None = None


def freeze(model: PreTrainedModel, *, embeddings: bool, layers: int) -> None:
    """Stop gradients in the word embeddings and the lowest encoder layers of ``model``, in place.

    The word embeddings are half of a MiniLM; leaving them as they are saves their optimiser step. With
    ``layers`` everything else below the first trained layer is frozen too (positions, the norm after the
    embeddings, biases that all layers share): one trained weight at the bottom and the backward pass would
    go all the way down, which is the cost that frozen layers are there to save.

    Raises:
        ModelError: there are not so many layers.
    """
    if embeddings:
        model.get_input_embeddings().weight.requires_grad_(requires_grad=False)
    if layers:
        encoder = getattr(model.base_model, "encoder", None)
        found = getattr(encoder, "layer", None) or getattr(encoder, "layers", None)
        if found is None or layers > len(found):
            have = "no encoder layers that stance knows" if found is None else f"{len(found)} layers"
            kind = model.config.model_type
            raise ModelError(f"frozen_layers is {layers}, but the model ({kind}) has {have}")
        trained = {id(p) for layer in found[layers:] for p in layer.parameters()}
        below = [encoder, *([model.base_model.embeddings] if hasattr(model.base_model, "embeddings") else [])]
        for parameter in (p for module in below for p in module.parameters()):
            if id(parameter) not in trained:
                parameter.requires_grad_(requires_grad=False)


def finetune(
    model: PreTrainedModel,
    train: Sequence[dict[str, Any]],
    dev: Sequence[dict[str, Any]],
    *,
    settings: LoopSettings,
    folder: Path,
    collate: Callable[..., Any],
    loss: Callable[..., Any] | None = None,
    metrics: Callable[[Any], dict[str, float]] | None = None,
    best: str | None = None,
    say: Callable[[str], None] | None = None,
) -> list[dict[str, float]]:
    """Train ``model`` in place and return the log, one dict a logged step or evaluation.

    ``train`` and ``dev`` are tokenised rows with ``input_ids`` and labels; batches are made of rows
    of near-equal length. With ``dev`` and ``best`` (a metric name) the weights of the best evaluation
    are restored at the end and training stops after ``patience`` evaluations without gain; without
    ``settings.keep_best`` dev is only looked at, and the weights at the end of the schedule stay. A run
    that was interrupted goes on from the last checkpoint in ``folder``. ``say`` gets a line for each
    entry of the log. Whatever it was trained on, the model is back on the CPU at the end.
    """
    import torch
    from transformers import EarlyStoppingCallback, PrinterCallback, Trainer

    freeze(model, embeddings=settings.freeze_embeddings, layers=settings.frozen_layers)
    evaluate = bool(dev) and best is not None
    trainer = Trainer(
        model=model,
        args=_arguments(settings, folder, rows=len(train), best=best if evaluate else None),
        train_dataset=train,
        eval_dataset=dev if evaluate else None,
        data_collator=collate,
        compute_loss_func=loss,
        compute_metrics=metrics,
        callbacks=[EarlyStoppingCallback(settings.patience)] if evaluate and settings.keep_best else None,
    )
    # It prints to stdout, which belongs to the results.
    trainer.remove_callback(PrinterCallback)
    if say is not None:
        trainer.add_callback(_teller(say))
    threads = torch.get_num_threads()
    torch.set_num_threads(settings.threads or threads)
    try:
        trainer.train(resume_from_checkpoint=last_checkpoint(folder))
    finally:
        torch.set_num_threads(threads)
    model.to("cpu")
    return [dict(entry) for entry in trainer.state.log_history]


def _arguments(settings: LoopSettings, folder: Path, *, rows: int, best: str | None) -> TrainingArguments:
    """Return the Trainer's own settings; with ``best`` (a metric name) it evaluates on the way."""
    from transformers import TrainingArguments

    # As the Trainer counts: an epoch ends with a batch that may be short.
    steps = math.ceil(settings.epochs * math.ceil(rows / settings.batch_size))
    evaluate = best is not None
    best_stays = evaluate and settings.keep_best
    # load_best_model_at_end wants every evaluation to coincide with a checkpoint. Rounded up, so that
    # there are no more than asked for; the Trainer looks at the last step in any case.
    interval = math.ceil(steps / settings.evaluations) if evaluate else settings.checkpoint_steps
    return TrainingArguments(
        output_dir=str(folder),
        num_train_epochs=settings.epochs,
        learning_rate=settings.learning_rate,
        per_device_train_batch_size=settings.batch_size,
        per_device_eval_batch_size=settings.batch_size * 2,
        lr_scheduler_type="linear",
        warmup_steps=round(settings.warmup_share * steps),
        weight_decay=settings.weight_decay,
        max_grad_norm=1.0,
        seed=settings.seed,
        train_sampling_strategy="group_by_length",
        eval_strategy="steps" if evaluate else "no",
        eval_steps=interval,
        save_strategy="steps",
        save_steps=interval if best_stays else settings.checkpoint_steps,
        save_total_limit=2,
        load_best_model_at_end=best_stays,
        metric_for_best_model=best,
        greater_is_better=True if evaluate else None,
        logging_steps=50,
        report_to="none",
        disable_tqdm=True,
        remove_unused_columns=False,
        dataloader_pin_memory=False,
    )


def last_checkpoint(folder: Path) -> str | None:
    """Return the newest whole checkpoint in ``folder``; one whose writing was cut off doesn't count."""
    # The Trainer writes trainer_state.json last.
    whole = [p.parent for p in folder.glob("checkpoint-*/trainer_state.json")]
    return str(max(whole, key=lambda p: int(p.name.rpartition("-")[2]))) if whole else None


def _teller(say: Callable[[str], None]) -> TrainerCallback:
    from transformers import TrainerCallback

    class Teller(TrainerCallback):  # type: ignore[misc]  # transformers is untyped here
        def on_log(self, args: Any, state: Any, control: Any, logs: Any = None, **_: Any) -> None:  # noqa: ARG002
            kept = {k: v for k, v in (logs or {}).items() if k == "loss" or k.startswith("eval_f1")}
            if kept:
                numbers = ", ".join(f"{k.removeprefix('eval_')} {v:.3f}" for k, v in kept.items())
                say(f"step {state.global_step} of {state.max_steps}: {numbers}")

    return Teller()
