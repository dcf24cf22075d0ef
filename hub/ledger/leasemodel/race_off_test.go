//go:build !race

package leasemodel

const raced = false
