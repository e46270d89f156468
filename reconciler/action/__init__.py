"""The GitHub Action: read its inputs, call use cases, set outputs."""
