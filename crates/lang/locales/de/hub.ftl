# Pages around a hub: consent, not yet open, over, unknown address.
