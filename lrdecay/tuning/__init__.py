"""Tuning tools: pure functions for who has a training run in front of them.

What a person writes is read (`written`, `logs`), and asked (`lint`, `identify`, `diagnose`,
`predict`); `preflight` asks from inside a training script. `lrdecay.cli` and `lrdecay.mcp` are thin
faces on them.
"""
