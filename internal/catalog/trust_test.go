package catalog_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"getmyvax.org/univaf"
	"getmyvax.org/univaf/internal/catalog"
	"getmyvax.org/univaf/internal/store"
)

// A trust is what v1 says of how far to rely on an answer.
type trust struct {
	Fields     map[string][]string `json:"fields_by_source"`
	StaleAt    string              `json:"stale_at"`
	Confidence string
}

// trusted gives the catalog with one place, of which the records are said.
func trusted(t *testing.T, stale map[string]time.Duration, records ...*univaf.Availability) (*catalog.Catalog, *catalog.Record) {
	t.Helper()
	log := newLog()
	l := location(0, "NJ", univaf.ExternalID{System: "x", Value: "0"})
	entries := []store.Entry{{Location: l}}
	for _, a := range records {
		a.LocationID = l.ID
		entries = append(entries, store.Entry{Availability: a})
	}
	log.add(entries...)
	c := catalog.New(time.Now)
	c.SetStale(stale)
	run(t, c, log)
	r, _, err := wait(t, c, 1).Location("x:0", catalog.Pick{})
	if err != nil {
		t.Fatal(err)
	}
	return c, r
}

// trustOf reads it.
func trustOf(t *testing.T, r *catalog.Record, p catalog.Pick) trust {
	t.Helper()
	var shown struct{ Availability trust }
	if text := r.AppendJSON(nil, catalog.V1, p); json.Unmarshal(text, &shown) != nil {
		t.Fatalf("not JSON: %s", text)
	}
	return shown.Availability
}

func report(source string, minute int, status univaf.Status) *univaf.Availability {
	return availability(location(0, "NJ"), source, minute, status)
}

func TestConfidence(t *testing.T) {
	const day = 24 * 60
	yes, no, unknown := univaf.Yes, univaf.No, univaf.Unknown
	for _, test := range []struct {
		name    string
		said    []*univaf.Availability
		after   time.Duration // since start
		trouble map[string]univaf.Health
		want    string
	}{
		{"one source", []*univaf.Availability{report("a", 0, yes)}, 0, nil, "medium"},
		{"two that agree", []*univaf.Availability{report("a", 0, yes), report("b", 1, yes)}, 0, nil, "high"},
		{"two that do not", []*univaf.Availability{report("a", 0, yes), report("b", 1, no)}, 0, nil, "low"},
		{"one for it and one against", []*univaf.Availability{report("a", 0, yes), report("b", 1, no), report("c", 2, no)}, 0, nil, "medium"},
		{"another that does not know", []*univaf.Availability{report("a", 0, yes), report("b", 1, unknown)}, 0, nil, "medium"},
		{"nobody knows", []*univaf.Availability{report("a", 0, unknown), report("b", 1, unknown)}, 0, nil, "low"},
		{"what was stale when the newest was said is no contradiction", []*univaf.Availability{report("a", 0, yes), report("b", day, no)}, 0, nil, "medium"},
		{"what still held then is one", []*univaf.Availability{report("a", 1, yes), report("b", day, no)}, 0, nil, "low"},
		{"a source of which little is expected holds longer", []*univaf.Availability{report("slow", 0, no), report("b", 2*day-1, no)}, 0, nil, "high"},
		{"before it is stale", []*univaf.Availability{report("a", 0, yes)}, day*time.Minute - 1, nil, "medium"},
		{"once it is stale", []*univaf.Availability{report("a", 0, yes)}, day * time.Minute, nil, "low"},
		{"two that agreed, once they are stale", []*univaf.Availability{report("a", 0, yes), report("b", 0, yes)}, day * time.Minute, nil, "low"},
		{"a source that does badly", []*univaf.Availability{report("a", 0, yes)}, 0, map[string]univaf.Health{"a": univaf.HealthDegraded}, "low"},
		{"but another says the same", []*univaf.Availability{report("a", 1, yes), report("b", 0, yes)}, 0, map[string]univaf.Health{"a": univaf.HealthDegraded}, "medium"},
		{"it is the other one that does badly", []*univaf.Availability{report("a", 1, yes), report("b", 0, yes)}, 0, map[string]univaf.Health{"b": univaf.HealthDegraded}, "high"},
		{"a source that fails", []*univaf.Availability{report("a", 1, yes), report("b", 0, yes)}, 0, map[string]univaf.Health{"a": univaf.HealthFailing}, "low"},
		{"a contradicted source that does badly", []*univaf.Availability{report("a", 1, yes), report("b", 0, no)}, 0, map[string]univaf.Health{"a": univaf.HealthDegraded}, "low"},
	} {
		t.Run(test.name, func(t *testing.T) {
			c, r := trusted(t, map[string]time.Duration{"slow": 48 * time.Hour}, test.said...)
			c.SetTrouble(test.trouble)
			everybody := catalog.Pick{Outlook: c.Outlook(start.Add(test.after))}
			all := everybody
			all.Sources = []string{"a", "b", "c", "slow"} // rendered when asked for
			for name, p := range map[string]catalog.Pick{"everybody": everybody, "a pick": all} {
				if got := trustOf(t, r, p); got.Confidence != test.want {
					t.Errorf("%s: %q, want %q", name, got.Confidence, test.want)
				}
			}
			for _, f := range []catalog.Format{catalog.Edge, catalog.V1} {
				if text := r.AppendJSON(nil, f, everybody); r.Size(f, &everybody.Outlook) != len(text) {
					t.Errorf("its size is %d, not %d: %s", len(text), r.Size(f, &everybody.Outlook), text)
				}
			}
		})
	}
}

func TestStaleAt(t *testing.T) {
	for _, test := range []struct {
		name string
		said []*univaf.Availability
		want string
	}{
		{"a day after valid_at", []*univaf.Availability{report("a", 0, univaf.Yes)}, "2021-11-02T12:00:00.000Z"},
		{"or as the source has it", []*univaf.Availability{report("slow", 0, univaf.Yes)}, "2021-11-03T12:00:00.000Z"},
		{"of the source whose word it is", []*univaf.Availability{report("slow", 0, univaf.Yes), report("a", 1, univaf.Yes)}, "2021-11-02T12:01:00.000Z"},
		{"not behind the year 9999", []*univaf.Availability{{Source: "a", Available: univaf.Yes, IsPublic: true, ValidAt: time.Date(9999, 12, 31, 1, 0, 0, 0, time.UTC)}}, "9999-12-31T23:59:59.999Z"},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, r := trusted(t, map[string]time.Duration{"slow": 48 * time.Hour}, test.said...)
			if got := trustOf(t, r, catalog.Pick{}); got.StaleAt != test.want {
				t.Errorf("%s, want %s", got.StaleAt, test.want)
			}
		})
	}
}

func TestSeveralSourcesAreTold(t *testing.T) {
	one := report("a", 0, univaf.Yes)
	one.Products, one.Doses = []string{"pfizer"}, []string{"all_doses"}
	other := report(`q"b`, 1, univaf.Yes)
	other.Products, other.Slots = []string{"moderna"}, json.RawMessage(`[{"start":"2021-11-02T09:00:00Z","available":"YES"}]`)
	_, r := trusted(t, nil, one, other)
	want := map[string][]string{`q"b`: {"available", "products", "slots"}, "a": {"doses"}}
	if diff := cmp.Diff(want, trustOf(t, r, catalog.Pick{}).Fields); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if got := trustOf(t, r, catalog.Pick{Sources: []string{"a"}}); got.Fields != nil {
		t.Errorf("of one source: %v", got.Fields)
	}
	if text := string(r.AppendJSON(nil, catalog.Edge, catalog.Pick{})); strings.Contains(text, "fields_by_source") || strings.Contains(text, "stale_at") {
		t.Errorf("the edge API shows it: %s", text)
	}
}

// What is shown and does not follow from seq changes the sum that tags are made of.
func TestTrustTellsAnswersApart(t *testing.T) {
	c, r := trusted(t, nil, report("a", 0, univaf.Yes), report("b", 1, univaf.Yes))
	for name, sources := range map[string][]string{"everybody": nil, "a pick": {"b"}} {
		pick := func(after time.Duration, trouble map[string]univaf.Health) catalog.Pick {
			c.SetTrouble(trouble)
			return catalog.Pick{Sources: sources, Outlook: c.Outlook(start.Add(after))}
		}
		sums := map[uint64]string{}
		for _, p := range []catalog.Pick{
			pick(0, nil), pick(time.Hour, nil), pick(24*time.Hour+time.Minute, nil), pick(25*time.Hour, nil),
			pick(0, map[string]univaf.Health{"b": univaf.HealthDegraded}), pick(0, map[string]univaf.Health{"b": univaf.HealthFailing}),
		} {
			sum, text := r.AddTrust(1, &p), string(r.AppendJSON(nil, catalog.V1, p))
			if other, seen := sums[sum]; seen && other != text {
				t.Errorf("%s: one sum for %s and %s", name, other, text)
			}
			sums[sum] = text
		}
		if now, later := pick(0, nil), pick(time.Hour, nil); r.AddTrust(1, &now) != r.AddTrust(1, &later) {
			t.Errorf("%s: the sum changes though nothing does", name)
		}
	}
}
