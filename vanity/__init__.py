"""The portal: pages that live in somebody else's iframe."""
