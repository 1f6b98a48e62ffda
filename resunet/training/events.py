"""Events for TensorBoard: the run's history as curves, in ``RUN/events``."""

import math

import tensorflow as tf

from resunet.jobs.run_folder import Row, RunFolder

# what tf.summary.scalar writes, which asks for the package tensorboard
_SCALAR = tf.compat.v1.SummaryMetadata(
    plugin_data=tf.compat.v1.SummaryMetadata.PluginData(plugin_name="scalars"), data_class=1
)
_CURVES = ("loss", "val_loss", "dice", "val_dice", "learning_rate")


class Events:
    """Writes one point of each curve an epoch, by step.

    Epochs that are done already are written at once into a new file in place of the old ones,
    so that a run that goes on has each step once, whatever was written before it ended.

    Args:
        run: The run.
        rows: Its epochs so far.
    """

    def __init__(self, run: RunFolder, rows: tuple[Row, ...] = ()) -> None:
        for path in run.events_dir.glob("events.out.tfevents.*"):
            path.unlink()
        self._writer = tf.summary.create_file_writer(str(run.events_dir))
        for row in rows:
            self.write(row)

    def write(self, row: Row) -> None:
        """Writes an epoch; values that are undefined are left out.

        Raises:
            OSError: If it cannot be written.
        """
        try:
            with self._writer.as_default(step=int(row["step"] or 0)):
                for name in _CURVES:
                    value = row[name]
                    if value is not None and math.isfinite(value):
                        tf.summary.write(name, float(value), metadata=_SCALAR)
            self._writer.flush()
        except tf.errors.OpError as error:  # a full disk, which is no lack of the device's memory
            raise OSError(f"Events cannot be written: {error.message}") from error
