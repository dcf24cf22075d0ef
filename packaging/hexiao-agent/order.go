package main

import (
	"context"
	"errors"

	"golang.org/x/sync/errgroup"
)

// part is one thing that runs until it is told to end.
type part struct {
	name string
	run  func(context.Context) error
}

// together runs parts side by side. When ctx ends, or any of them does, they are told to end one after the other in
// their order: the next is told when the one before has ended. The error is what the first to fail said; a part that
// ends untold is a failure.
func together(ctx context.Context, parts ...part) error {
	group, over := errgroup.WithContext(context.WithoutCancel(ctx))
	stopped := make([]chan struct{}, len(parts))
	told := make([]context.CancelFunc, len(parts))
	for i, p := range parts {
		var own context.Context
		own, told[i] = context.WithCancel(context.WithoutCancel(ctx))
		stopped[i] = make(chan struct{})
		group.Go(func() error {
			defer close(stopped[i])
			err := p.run(own)
			if err == nil && own.Err() == nil {
				err = errors.New(p.name + " ended by itself")
			}
			return err
		})
	}
	select {
	case <-ctx.Done():
	case <-over.Done():
	}
	for i := range parts {
		told[i]()
		<-stopped[i]
	}
	return group.Wait()
}
