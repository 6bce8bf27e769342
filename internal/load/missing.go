package load

import (
	"context"
	"fmt"
	"slices"

	"getmyvax.org/univaf"
	"getmyvax.org/univaf/internal/source"
)

// Known gives the places that readers see of a provider in some states (all if none are
// named), with what is known of them but their availability.
type Known func(ctx context.Context, provider string, states []string) ([]univaf.Update, error)

// A census finds places that a source does not name any more.
type census struct {
	known []univaf.Update
	seen  map[univaf.ExternalID]bool
	ids   map[string]bool
}

// takeCensus asks what places there are before the source is read. It gives nil for a
// source that can't tell that a place is gone.
func takeCensus(ctx context.Context, known Known, d source.Definition, q source.Query) (*census, error) {
	if known == nil || d.Authoritative == "" {
		return nil, nil
	}
	states := q.States
	if len(d.States) > 0 && len(states) > 0 {
		states = slices.DeleteFunc(slices.Clone(states), func(s string) bool { return !slices.Contains(d.States, s) })
		if len(states) == 0 {
			return nil, nil
		}
	}
	places, err := known(ctx, d.Authoritative, states)
	if err != nil {
		return nil, fmt.Errorf("asking which places are known: %w", err)
	}
	return &census{known: places, seen: map[univaf.ExternalID]bool{}, ids: map[string]bool{}}, nil
}

// see notes a record of the source.
func (c *census) see(u *univaf.Update) {
	if c == nil {
		return
	}
	if u.ID != "" {
		c.ids[u.ID] = true
	}
	for _, id := range u.ExternalIDs {
		if system, ok := univaf.SystemFromURI(id.System); ok {
			id.System = system // as it is known once it was sent
		}
		if id.Identifies() {
			c.seen[id] = true
		}
	}
}

// missing gives the known places that were not seen, as updates that hide them.
func (c *census) missing() (hide []univaf.Update) {
	for _, place := range c.known {
		there := c.ids[place.ID] || slices.ContainsFunc(place.ExternalIDs, func(id univaf.ExternalID) bool { return c.seen[id] })
		if there {
			continue
		}
		place.Availability = nil
		place.IsPublic = false
		place.Given = place.Given.With("is_public")
		place.UpdateLocation = true
		hide = append(hide, place)
	}
	return hide
}
