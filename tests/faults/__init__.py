"""Faults: processes killed in each stage, servers that break off, disks that are full; nothing is lost and nothing inexcusably repeated."""
