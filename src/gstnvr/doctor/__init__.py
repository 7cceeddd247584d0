"""What ``gstnvr doctor`` looks at."""
