"""Where data lives: datasets, partitions, manifests and the layouts that hold them."""
