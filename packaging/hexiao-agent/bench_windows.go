package main

// keepOwner: on Windows a file takes its rights from its folder.
func keepOwner(string, string) {}

// syncFolder: NTFS keeps its names in its own journal, and a folder cannot be synced.
func syncFolder(string) error { return nil }
