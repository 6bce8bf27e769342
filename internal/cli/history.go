package cli

import (
	"context"

	"getmyvax.org/univaf"
)

// Turns is (*store.Store).Turns.
func (l *lateStore) Turns(ctx context.Context, q univaf.TurnQuery) ([]univaf.Turn, error) {
	if db := l.Load(); db != nil {
		return db.Turns(ctx, q)
	}
	return nil, univaf.ErrUnavailable
}

// SumTurns is (*store.Store).SumTurns.
func (l *lateStore) SumTurns(ctx context.Context, q univaf.TurnQuery) ([]univaf.TurnSum, error) {
	if db := l.Load(); db != nil {
		return db.SumTurns(ctx, q)
	}
	return nil, univaf.ErrUnavailable
}

// Openings is (*store.Store).Openings.
func (l *lateStore) Openings(ctx context.Context, q univaf.OpeningQuery) (counts univaf.OpeningCounts, err error) {
	if db := l.Load(); db != nil {
		return db.Openings(ctx, q)
	}
	return counts, univaf.ErrUnavailable
}
