"""What keeps a course running after today: upgrades, other versions, other devices, publishing.

Nothing that builds or checks the course needs this. `python -m triptych.upkeep --help` lists the commands.
"""
