package univaf_test

import (
	"bytes"
	"encoding/json"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"

	"getmyvax.org/univaf"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// canonicalAgain checks that what u is sent on as is read as u again.
func canonicalAgain(t rapid.TB, u univaf.Update) {
	t.Helper()
	text := u.AppendJSON(nil)
	if !json.Valid(text) {
		t.Fatalf("not valid JSON: %s", text)
	}
	again, ignored, err := univaf.DecodeUpdate(text)
	if err != nil {
		t.Fatalf("%s is refused: %v", text, err)
	}
	if ignored != nil {
		t.Fatalf("%s: %q are ignored", text, ignored)
	}
	if second := again.AppendJSON(nil); !bytes.Equal(text, second) {
		t.Fatalf("the second reading differs (-first +second):\n%s", cmp.Diff(string(text), string(second)))
	}
	if diff := cmp.Diff(u, again); diff != "" {
		t.Fatalf("the second reading differs (-first +second):\n%s", diff)
	}
}

// An object is JSON whose members have an order, so that it can be changed.
type object []struct {
	name  string
	value any
}

func (o object) with(name string, value any) object {
	return append(o, struct {
		name  string
		value any
	}{name, value})
}

// render gives v as JSON, its objects' members shuffled.
func render(v any, random *rand.Rand) []byte {
	switch v := v.(type) {
	case object:
		members := slices.Clone(v)
		random.Shuffle(len(members), func(i, j int) { members[i], members[j] = members[j], members[i] })
		b := []byte("{ ")
		for i, m := range members {
			if i > 0 {
				b = append(b, " , "...)
			}
			name, _ := json.Marshal(m.name)
			b = append(append(append(b, name...), ':'), render(m.value, random)...)
		}
		return append(b, '}')
	case []any:
		b := []byte{'['}
		for i, one := range v {
			if i > 0 {
				b = append(b, ',')
			}
			b = append(b, render(one, random)...)
		}
		return append(b, ']')
	}
	text, _ := json.Marshal(v)
	return text
}

var (
	genText   = rapid.OneOf(rapid.SampledFrom([]string{"jj", "a,b", "é\"\\", "<&>\u2028", " x ", "𝄞\n"}), rapid.StringMatching(`[ -~]{1,8}`))
	genStatus = rapid.SampledFrom([]any{"YES", "NO", "UNKNOWN", "yes", "No", "", nil})
	genCount  = rapid.SampledFrom([]any{nil, 0, 1, 2, 7, json.Number("1e2"), json.Number("9007199254740991")})
	genTime   = rapid.SampledFrom([]any{
		"2021-11-01T12:00:00Z", "2021-11-01 12:00", "2021-11-01T23:59:59.123456-04:00", "2021-11-02T00:00:00+0530",
		"2020-02-29T08:00:00.5", "1999-12-31T23:59Z",
	})
	genDate = rapid.SampledFrom([]any{"2021-11-01", "2021-11-02", "2020-02-29"})
	genList = rapid.Custom(func(t *rapid.T) any {
		if rapid.IntRange(0, 3).Draw(t, "null") == 0 {
			return nil
		}
		return anys(rapid.SliceOfN(genText, 0, 3).Draw(t, "list"))
	})
	genMeta  = rapid.Custom(func(t *rapid.T) any { return genValue(t, 2).(object) })
	genExtra = rapid.Custom(func(t *rapid.T) any { return genValue(t, 1) })
)

func anys(list []string) []any {
	out := []any{}
	for _, s := range list {
		out = append(out, s)
	}
	return out
}

// genValue gives an object or, at its leaves, anything.
func genValue(t *rapid.T, depth int) any {
	o := object{}
	for _, name := range rapid.SliceOfNDistinct(genText, 0, 3, rapid.ID[string]).Draw(t, "names") {
		var value any
		switch rapid.IntRange(0, 4).Draw(t, "kind") {
		case 0:
			value = genText.Draw(t, "text")
		case 1:
			value = genCount.Draw(t, "number")
		case 2:
			value = genList.Draw(t, "list")
		case 3:
			value = rapid.Bool().Draw(t, "boolean")
		default:
			if depth > 0 {
				value = genValue(t, depth-1)
			}
		}
		o = o.with(name, value)
	}
	return o
}

// maybe adds a member, or does not.
func maybe[T any](t *rapid.T, o object, name string, g *rapid.Generator[T]) object {
	if !rapid.Bool().Draw(t, "has "+name) {
		return o
	}
	return o.with(name, g.Draw(t, name))
}

func genOffers(when string, times *rapid.Generator[any]) *rapid.Generator[any] {
	return rapid.Custom(func(t *rapid.T) any {
		list := []any{}
		for range rapid.IntRange(0, 4).Draw(t, "offers") {
			o := object{}.with(when, times.Draw(t, when))
			if when == "start" {
				o = maybe(t, o, "end", genTime)
			}
			o = maybe(t, o, "dose", genText)
			o = maybe(t, o, "products", genList)
			o = maybe(t, o, "available", genStatus)
			o = maybe(t, o, "available_count", genCount)
			o = maybe(t, o, "unavailable_count", genCount)
			o = maybe(t, o, "é extra", genExtra)
			list = append(list, maybe(t, o, "Extra", genExtra))
		}
		return list
	})
}

// genUpdate gives updates as senders write them, old forms and new.
var genUpdate = rapid.Custom(func(t *rapid.T) object {
	o := maybe(t, object{}, "id", genText)
	ids := rapid.SliceOfNDistinct(rapid.StringMatching(`[a-z]{1,3}`), 0, 3, rapid.ID[string]).Draw(t, "systems")
	if rapid.Bool().Draw(t, "ids in pairs") {
		pairs := []any{}
		for _, system := range ids {
			pairs = append(pairs, []any{system, genText.Draw(t, "value")})
		}
		o = o.with("external_ids", pairs)
	} else if len(ids) > 0 {
		// More than one would lose their order when members are shuffled.
		o = o.with("external_ids", object{}.with(ids[0], rapid.SampledFrom([]any{"x", 12, json.Number("1.50")}).Draw(t, "value")))
	}
	for _, name := range locationFields {
		switch name {
		case "location_type":
			o = maybe(t, o, name, rapid.SampledFrom([]any{nil, "", "clinic", "PHARMACY"}))
		case "address_lines":
			o = maybe(t, o, name, rapid.OneOf(genList, rapid.SampledFrom([]any{"", false, 0})))
		case "position":
			o = maybe(t, o, name, rapid.SampledFrom([]any{
				nil, object{}.with("longitude", -75.1195).with("latitude", json.Number("3.99448e1")),
				object{}.with("longitude", json.Number("-0")).with("latitude", 90).with("x", 1),
			}))
		case "requires_waitlist", "is_public":
			o = maybe(t, o, name, rapid.SampledFrom([]any{nil, true, false}))
		case "minimum_age_months":
			o = maybe(t, o, name, genCount)
		case "meta":
			o = maybe(t, o, name, genMeta)
		default:
			o = maybe(t, o, name, rapid.OneOf(genText, rapid.Just("")))
		}
	}
	if !rapid.Bool().Draw(t, "has availability") {
		return o
	}
	a := object{}.with("source", "s").with("checked_at", genTime.Draw(t, "checked_at"))
	a = maybe(t, a, "valid_at", genTime)
	a = maybe(t, a, "updated_at", genTime)
	a = maybe(t, a, "is_public", rapid.SampledFrom([]any{nil, true, false}))
	a = maybe(t, a, "available", genStatus)
	old, meta := object{}, genMeta.Draw(t, "meta").(object)
	old = maybe(t, old, "available_count", genCount)
	old = maybe(t, old, "products", genList)
	old = maybe(t, old, "doses", genList)
	old = maybe(t, old, "slots", genOffers("start", genTime))
	old = maybe(t, old, "capacity", genOffers("date", genDate))
	for _, m := range old {
		if rapid.IntRange(0, 3).Draw(t, "in meta") > 0 {
			a = a.with(m.name, m.value)
		} else {
			meta = meta.with(m.name, m.value)
		}
	}
	return o.with("availability", a.with("meta", meta))
})

func TestCanonicalUpdatesStayAsTheyAre(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := render(genUpdate.Draw(t, "update"), rand.New(rand.NewPCG(0, 0)))
		u, _, err := univaf.DecodeUpdate(text)
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		canonicalAgain(t, u)
	})
}

func TestTheOrderOfMembersDoesNotMatter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		update := genUpdate.Draw(t, "update")
		first, _, err := univaf.DecodeUpdate(render(update, rand.New(rand.NewPCG(0, 0))))
		if err != nil {
			t.Fatal(err)
		}
		second, _, err := univaf.DecodeUpdate(render(update, rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(first.AppendJSON(nil)), string(second.AppendJSON(nil))); diff != "" {
			t.Fatalf("-first +second:\n%s", diff)
		}
	})
}

// What the API shows may be sent back as an update.
func TestWhatIsShownCanBeSentBack(t *testing.T) {
	l := clinic()
	text := append(l.AppendJSON(nil, true), `,"availability":`...)
	a := fullReport()
	text = append(append(text, a.AppendJSON(nil)...), '}')
	u := decode(t, string(text))
	want := univaf.Update{Location: clinic(), Given: univaf.FieldSet(0).With(locationFields...), Availability: &a}
	want.CreatedAt, want.UpdatedAt = univaf.Update{}.CreatedAt, univaf.Update{}.UpdatedAt
	a.LocationID, a.ChangedAt = "", univaf.Availability{}.ChangedAt
	if diff := cmp.Diff(want, u); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// A source may leave Given empty for facts that it knows.
func TestUpdatesOfSourcesRenderWhatIsKnown(t *testing.T) {
	for _, test := range []struct {
		name   string
		update univaf.Update
		want   string
	}{
		{"nothing", univaf.Update{}, `{}`},
		{
			"what is known",
			univaf.Update{Location: univaf.Location{ID: "x", Name: "N", IsPublic: true, MinimumAgeMonths: ptr(0)}},
			`{"id":"x","name":"N","minimum_age_months":0,"is_public":true}`,
		},
		{
			"what there is none of",
			univaf.Update{Given: univaf.FieldSet(0).With("city", "position", "meta", "is_public", "nonsense")},
			`{"city":null,"position":null,"meta":null,"is_public":false}`,
		},
		{
			"a report without status",
			univaf.Update{Availability: &univaf.Availability{Source: "s", CheckedAt: noon, Slots: raw(`[]`)}},
			`{"availability":{"source":"s","checked_at":"2021-11-01T12:00:00.000Z","is_public":false,"slots":[]}}`,
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			text, err := test.update.MarshalJSON()
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, string(text)); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

// FuzzDecodeUpdate looks for input that breaks the reader, or that it reads another
// way once it is canonical.
func FuzzDecodeUpdate(f *testing.F) {
	for _, seed := range []string{
		`{}`, `[]`, `null`, ` {"name":"x"} `, `{"id":7,"external_ids":{"a":1,"b":"é"}}`,
		reportStart + `"available":"yes","updated_at":"2021-11-01 08:00-0400","meta":{"slots":[{"start":"2021-11-02T09:00:00Z"}],"products":null}` + reportEnd,
		reportStart + `"slots":[{"start":"2021-11-02T09:00:00-04:00","end":null,"dose":"d","products":["a","b"],"x":{"b":1,"a":[]}},{"start":"2021-11-02 10:00","available":"NO"}]` + reportEnd,
		reportStart + `"capacity":[{"date":"2021-11-02","available_count":9007199254740991},{"date":"2021-11-03","available_count":1e2,"unavailable_count":0}]` + reportEnd,
		reportStart + `"available_count":1e0,"products":["","jj","jj"],"meta":{"a\u0000":"\ud800","b":1e999}` + reportEnd,
		`{"availability":{"source":"s","checked_at":"0001-01-01T00:00:00+14:00","valid_at":"9999-12-31T23:59:59-14:00"}}`,
		`{"position":{"longitude":-0,"latitude":1e-9},"minimum_age_months":0,"is_public":null,"address_lines":false,"name":"\u2028<"}`,
		`{"external_ids":[["a",1e999],["b","x:y"],["a",-0]],"meta":{"":{"":""}}}`,
		"{\"name\":\"\xff\"}",
	} {
		f.Add([]byte(seed))
	}
	for _, body := range recordedBodies(f) {
		f.Add(body)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		u, ignored, err := univaf.DecodeUpdate(data)
		if err != nil {
			if strings.TrimSpace(err.Error()) == "" {
				t.Error("an error without text")
			}
			return
		}
		for _, pointer := range ignored {
			if !strings.HasPrefix(pointer, "/availability/") {
				t.Errorf("%q was ignored", pointer)
			}
		}
		canonicalAgain(t, u)
	})
}

// recordedBodies gives the updates that the old server was sent, where they are at
// hand.
func recordedBodies(f *testing.F) [][]byte {
	text, err := os.ReadFile("../shared/edge/exchanges.json")
	if err != nil {
		return nil
	}
	var exchanges []struct {
		Request struct{ Body json.RawMessage }
	}
	if err := json.Unmarshal(text, &exchanges); err != nil {
		f.Fatal(err)
	}
	var bodies [][]byte
	for _, e := range exchanges {
		if len(e.Request.Body) > 0 {
			bodies = append(bodies, e.Request.Body)
		}
	}
	return bodies
}
