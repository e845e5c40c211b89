# SPDX-License-Identifier: GPL-2.0
"""The run engine of the lab: starts machines, reads their ports, judges."""
