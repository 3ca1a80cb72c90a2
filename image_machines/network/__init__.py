"""Who looks: the networks, their training, their scores and their responses."""

import os

os.environ.setdefault(
    "TF_CPP_MIN_LOG_LEVEL", "3"
)  # TensorFlow reports optimisations it tried in vain as errors
