package load_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"getmyvax.org/univaf"
	"getmyvax.org/univaf/internal/load"
	"getmyvax.org/univaf/internal/source"

	"github.com/google/go-cmp/cmp"
)

// known makes a place that readers see.
func known(id, system, value string) univaf.Update {
	u := univaf.Update{Location: univaf.Location{ID: id, Name: "known " + id, IsPublic: true}}
	u.ExternalIDs = univaf.ExternalIDs{{System: univaf.SystemNPI, Value: "1"}, {System: system, Value: value}}
	return u
}

// clinics yields places with those ids in the system "clinic".
func clinics(ids ...string) fake {
	return func(_ context.Context, _ source.Query, _ source.Env, yield func(univaf.Update, error) bool) {
		for _, id := range ids {
			u := univaf.Update{Location: univaf.Location{Name: "clinic " + id}}
			u.ExternalIDs = univaf.ExternalIDs{{System: univaf.SystemNPI, Value: "1"}, {System: "clinic", Value: id}}
			if !yield(u, nil) {
				return
			}
		}
	}
}

func TestPlacesThatAreGoneAreHidden(t *testing.T) {
	places := []univaf.Update{known("A", "clinic", "1"), known("B", "clinic", "2"), known("C", "clinic", "3"), known("D", "other", "1")}
	broken := fake(func(ctx context.Context, q source.Query, env source.Env, yield func(univaf.Update, error) bool) {
		clinics("1", "2")(ctx, q, env, yield)
		yield(univaf.Update{}, errors.New("500"))
	})
	spoiled := fake(func(ctx context.Context, q source.Query, env source.Env, yield func(univaf.Update, error) bool) {
		clinics("1", "2")(ctx, q, env, yield)
		yield(univaf.Update{}, &source.RecordError{Kind: "invalid clinic", ID: "3", Err: errors.New("no name"), Sample: "{}"})
	})
	for _, test := range []struct {
		name          string
		source        fake
		authoritative string
		hidden        []string
		usual         int
		warning       string
	}{
		{"two are gone", clinics("1", "2", "9"), "county", []string{"known C", "known D"}, 6, ""},
		{"a source that can't tell", clinics("1", "2"), "", nil, 0, ""},
		{"most of what is known broken off", clinics("1"), "county", nil, 0, "missing places not hidden"},
		{"most of what is usual broken off", clinics("1", "2"), "county", nil, 5, "missing places not hidden"},
		{"few, of a source that can't tell", clinics("1", "2"), "", nil, 5, `kind="fewer records than usual" count=1 id="" reason="2, usually 5"`},
		{"one that can't be read", spoiled, "county", nil, 0, "they may be among the 1 records"},
		{"a source that fails", broken, "county", nil, 5, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			var hidden []string
			var asked []string
			sink := load.SinkFunc(func(_ context.Context, u univaf.Update) (load.Outcome, error) {
				if strings.HasPrefix(u.Name, "known ") {
					hidden = append(hidden, u.Name)
					if u.IsPublic || !u.Given.Has("is_public") || !u.UpdateLocation || u.Availability != nil {
						t.Errorf("hidden by %+v", u)
					}
				}
				return load.Taken, nil
			})
			job := test.source.job("clinics")
			job.Definition.Authoritative = test.authoritative
			job.Definition.States = []string{"NJ", "PA"}
			var log strings.Builder
			o := options(&log)
			o.Concurrency = 1
			o.History = map[string]load.History{"clinics": {Usual: test.usual}}
			o.Query.States = []string{"NJ", "TX"}
			o.Known = func(_ context.Context, provider string, states []string) ([]univaf.Update, error) {
				asked = append(asked, provider+" "+strings.Join(states, "+"))
				return slices.Clone(places), nil
			}
			report := load.Run(t.Context(), []load.Job{job}, sink, o)[0]
			if diff := cmp.Diff(test.hidden, hidden); diff != "" || report.Hidden != len(hidden) {
				t.Errorf("hidden, reported as %d (-want +got):\n%s", report.Hidden, diff)
			}
			if !strings.Contains(log.String(), test.warning) {
				t.Errorf("no warning %q in %s", test.warning, log.String())
			}
			if test.authoritative != "" && !slices.Equal(asked, []string{"county NJ"}) {
				t.Errorf("asked for %q", asked)
			}
		})
	}
}

func TestARunNeedsToKnowWhatThereIs(t *testing.T) {
	job := clinics("1").job("clinics")
	job.Definition.Authoritative = "county"
	var log strings.Builder
	o := options(&log)
	o.Known = func(context.Context, string, []string) ([]univaf.Update, error) { return nil, errors.New("401") }
	report := load.Run(t.Context(), []load.Job{job}, &takes{}, o)[0]
	if report.Err == nil || report.Sent != 0 {
		t.Errorf("%+v", report)
	}
}
