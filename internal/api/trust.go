package api

import (
	"context"

	"getmyvax.org/univaf"
	"getmyvax.org/univaf/internal/catalog"
)

// addTrust adds to a sum what an answer shows of a record that does not follow from its
// seq: until when it holds, and how far to rely on it. Only v1 shows that.
func (d *dialect) addTrust(sum uint64, r *catalog.Record, p *catalog.Pick) uint64 {
	if d.format != catalog.V1 {
		return sum
	}
	return r.AddTrust(sum, p)
}

// JudgeSources tells the catalog which sources do badly, by the reports of their runs. One
// that another source does well for does not count.
func (s *Server) JudgeSources(ctx context.Context) error {
	list, err := s.sourceStatuses(ctx)
	if err != nil {
		return err
	}
	well, trouble := map[string]bool{}, map[string]univaf.Health{}
	for _, source := range list {
		names := source.RecordsAs
		if len(names) == 0 {
			names = []string{source.Name}
		}
		for _, name := range names {
			switch source.State {
			case univaf.HealthOK:
				well[name] = true
			case univaf.HealthDegraded, univaf.HealthFailing:
				trouble[name] = source.State
			}
		}
	}
	for name := range well {
		delete(trouble, name)
	}
	s.Catalog.SetTrouble(trouble)
	return nil
}
