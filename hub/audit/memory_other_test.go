//go:build !linux

package audit_test

func memory() string { return "" }
