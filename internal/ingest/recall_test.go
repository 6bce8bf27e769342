package ingest_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"getmyvax.org/univaf"
	"getmyvax.org/univaf/internal/ingest"
)

// A sending is an update on its way, with placeholders as in genUpdates.
type sending struct {
	text           string
	updateLocation bool
	wait           bool // until it is written
}

// genSendings gives updates that say much the same again and again, at different times.
var genSendings = rapid.Custom(func(t *rapid.T) []sending {
	var texts []string
	for range rapid.IntRange(1, 5).Draw(t, "texts") {
		ids := rapid.SampledFrom([]string{
			`["a","1%s"]`, `["a","2%s"]`, `["a","1%s"],["a","2%s"]`, `["b","1%s"],["a","1%s"]`, `["npi_usa","1%s"]`,
		}).Draw(t, "ids")
		facts := rapid.SampledFrom([]string{`"provider":"p","state":"NJ","name":"N"`, `"provider":"p","state":"NJ","name":"O"`, `"city":"C"`}).Draw(t, "facts")
		availability := rapid.SampledFrom([]string{
			`"source":"s","available":"YES"`, `"source":"s","available":"NO"`, `"source":"r","available":"NO"`,
			`"source":"s","available":"NO","is_public":false`, `"source":"s","mystery":1`,
			`"source":"s","meta":{"valid_at":"$valid"}`, `"source":"s","slots":[{"start":"2021-11-02T10:00:00Z"}]`,
		}).Draw(t, "availability")
		times := rapid.SampledFrom([]string{
			`"checked_at":"$checked","valid_at":"$valid"`, `"valid_at":"$valid","checked_at":"$checked"`, `"checked_at":"$checked"`,
			`"checked_at":"$checked","updated_at":"$valid"`, `"checked_at":"$checked","valid_at":null`,
			`"checked\u005fat":"$checked"`,
		}).Draw(t, "times")
		texts = append(texts, `{"external_ids":[`+ids+`],`+facts+`,"availability":{`+availability+`,`+times+`}}`)
	}
	var list []sending
	for range rapid.IntRange(1, 25).Draw(t, "sendings") {
		text := rapid.SampledFrom(texts).Draw(t, "text")
		for _, name := range []string{"$checked", "$valid"} {
			later := univaf.FormatTime(minute(len(list)))
			at := rapid.SampledFrom([]string{
				later, later, later, later, later, later,
				"2021-11-01T12:00:01.500Z", "2021-11-01T12:10:02+01:00", "2021-11-01 12:05:03", "2021-11-02", "", "never",
			}).Draw(t, name)
			text = strings.ReplaceAll(text, name, at)
		}
		list = append(list, sending{text, rapid.IntRange(0, 5).Draw(t, "update_location") == 0, rapid.Bool().Draw(t, "wait")})
	}
	return list
})

// Whether a text is read or recognised must not matter to anybody.
func TestAKnownTextDoesWhatAReadOneDoes(t *testing.T) {
	stores := [2]*desk{newDesk(t), newDesk(t)}
	round := 0
	rapid.Check(t, func(rt *rapid.T) {
		round++
		suffix := fmt.Sprint("-", round)
		list := genSendings.Draw(rt, "sendings")
		var outcomes [2]outcome
		for i, d := range stores {
			var answers []answer
			var waiting []*ingest.Pending
			for _, one := range list {
				text := []byte(strings.ReplaceAll(one.text, "%s", suffix))
				var u ingest.Update
				var err error
				if i == 0 {
					u, err = d.Read(text, one.updateLocation)
				} else {
					u.Update, u.Warnings, err = ingest.Decode(text)
					u.UpdateLocation = one.updateLocation
				}
				if err != nil {
					answers = append(answers, answer{ingest.Result{Warnings: u.Warnings}, err})
					continue
				}
				answers = append(answers, answer{Result: ingest.Result{Warnings: u.Warnings}})
				p, err := d.Enqueue(context.Background(), u)
				if err != nil {
					rt.Fatal(err)
				}
				waiting = append(waiting, p)
				if one.wait {
					_, _ = p.Wait(context.Background())
				}
			}
			for _, p := range waiting {
				r, err := p.Wait(context.Background())
				answers = append(answers, answer{r, err})
			}
			outcomes[i] = outcomeOf(rt, d.store, answers)
		}
		diff := cmp.Diff(outcomes[1], outcomes[0], cmpopts.EquateEmpty(), cmp.Comparer(func(a, b error) bool { return fmt.Sprint(a) == fmt.Sprint(b) }))
		if diff != "" {
			rt.Fatalf("-read +recognised:\n%s", diff)
		}
	})
}

func TestAKnownTextIsNotReadAgain(t *testing.T) {
	d := newDesk(t)
	text := func(minutes int) []byte {
		slots := strings.Repeat(`{"start":"2021-11-02T10:00:00Z","available":"YES"},`, 500)
		return []byte(`{"id":"` + uuid1 + `",` + facts + `,"availability":{"source":"s","checked_at":"` + minute(minutes).Format("2006-01-02T15:04:05Z") +
			`","slots":[` + strings.TrimSuffix(slots, ",") + `]}}`)
	}
	read := func(minutes int) float64 {
		return testing.AllocsPerRun(10, func() {
			if _, err := d.Read(text(minutes), false); err != nil {
				t.Fatal(err)
			}
		})
	}
	first := read(0)
	must(t)(d.submit(t, string(text(0))))
	again := read(1)
	if again > first/2 {
		t.Errorf("reading it took %v allocations, and again %v", first, again)
	}
	got := must(t)(d.submit(t, string(text(1))))
	same(t, ingest.Result{ID: uuid1, Location: ingest.Unchanged, Availability: ingest.Unchanged, Seq: 2}, got)
}
