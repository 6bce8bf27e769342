package ingest

import (
	"cmp"
	"slices"
	"time"

	"getmyvax.org/univaf"
	"getmyvax.org/univaf/internal/store"
	"getmyvax.org/univaf/internal/usa"
	"getmyvax.org/univaf/internal/vaccine"
)

// putTurns writes which statuses the batch turns, and counts what opens.
//
// Most of what is stirred turns nothing, so gists are compared, which costs little; the
// records are looked at where something did.
func (p *plan) putTurns(tx *store.Tx) {
	slices.SortFunc(p.stirred, func(a, b store.Key) int {
		return cmp.Or(cmp.Compare(a.LocationID, b.LocationID), cmp.Compare(a.Source, b.Source))
	})
	var turns []univaf.Turn
	openings := map[store.Opening]int64{}
	var before, after []vaccine.Word // to use again
	for rest := slices.Compact(p.stirred); len(rest) > 0; {
		id := rest[0].LocationID
		n := 1
		for n < len(rest) && rest[n].LocationID == id {
			n++
		}
		keys := rest[:n]
		rest = rest[n:]
		before = p.picture.AppendWords(before[:0], id)
		after = append(after[:0], before...)
		for i := range after { // also of who was alone before the batch, which stirred nothing
			if a, checked := p.checked.at[store.Key{LocationID: id, Source: after[i].Source}]; checked {
				after[i].ValidAt = a.ValidAt.UnixMilli()
			}
		}
		for _, key := range keys {
			after = p.overlay(after, key)
		}
		before, after = vaccine.Settle(before), vaccine.Settle(after)
		found := p.turns(id, before, after, keys)
		p.count(openings, id, found)
		turns = append(turns, found...)
	}
	tx.PutTurns(turns)
	tx.AddOpenings(openings)
}

// overlay puts new content that the batch writes of a source in the place of what it said.
func (p *plan) overlay(words []vaccine.Word, key store.Key) []vaccine.Word {
	i := slices.IndexFunc(words, func(w vaccine.Word) bool { return w.Source == key.Source })
	a, content := p.changed.at[key]
	switch {
	case !content: // only times
	case !a.IsPublic && i >= 0:
		return slices.Delete(words, i, i+1)
	case a.IsPublic && i >= 0:
		words[i] = vaccine.WordOf(&a)
	case a.IsPublic:
		return append(words, vaccine.WordOf(&a))
	}
	return words
}

// turns gives which statuses of a place turn with what the batch writes of the keys.
func (p *plan) turns(id string, before, after []vaccine.Word, keys []store.Key) (turns []univaf.Turn) {
	was, is := vaccine.Together(before), vaccine.Together(after)
	if was == is {
		return nil
	}
	var from vaccine.Statuses
	if len(before) > 0 {
		from = was.Statuses()
	}
	at := p.turnedAt(keys)
	source, counts := keys[0].Source, map[string]*int64{} // if the source hides what it said
	for turn := range is.Statuses().Turns(from) {
		if turns == nil && len(after) > 0 {
			source, counts = after[0].Source, p.counts(id, after)
		}
		if len(before) == 0 {
			turn.From = ""
		}
		turn.LocationID, turn.At, turn.Count, turn.Source = id, at, counts[turn.Disease], source
		turns = append(turns, turn)
	}
	return turns
}

// counts gives how many appointments against each disease can be had at a place, as the
// batch leaves it.
func (p *plan) counts(id string, words []vaccine.Word) map[string]*int64 {
	var records []univaf.Availability
	for i := range words {
		a, ok := p.changed.at[store.Key{LocationID: id, Source: words[i].Source}]
		if !ok {
			a, _ = p.picture.Report(id, words[i].Source)
		}
		a.ValidAt = p.now.Add(-time.Duration(i)) // they count in this order
		records = append(records, a)
		if a.Capacity != nil && a.Products != nil && a.AvailableCount != nil {
			break // others have nothing to add
		}
	}
	merged, _ := univaf.Merge(records)
	counts := map[string]*int64{}
	for _, s := range vaccine.ByDisease(&merged.Availability) {
		counts[string(s.Disease)] = s.AvailableCount
	}
	return counts
}

// count counts the turns that open, if everybody sees the place.
func (p *plan) count(openings map[store.Opening]int64, id string, turns []univaf.Turn) {
	if !slices.ContainsFunc(turns, func(t univaf.Turn) bool { return t.Opens() }) {
		return
	}
	l, written := p.locations.at[id]
	if !written {
		l = p.picture.Where(id)
	}
	if !l.IsPublic {
		return
	}
	hour, ahead := univaf.Hour(turns[0].At, usa.Zone(l.PostalCode, l.State))
	for i := range turns {
		if turns[i].Opens() {
			openings[store.Opening{Hour: hour, Ahead: ahead, State: l.State, Provider: l.Provider, Disease: turns[i].Disease}]++
		}
	}
}
