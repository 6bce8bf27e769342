package words

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestSplit(t *testing.T) {
	for text, want := range map[string][]string{
		"":                              nil,
		" -,. ":                         nil,
		"CVS Pharmacy #0002004":         {"cvs", "pharmacy", "0002004"},
		"Cañón City, CO":                {"canon", "city", "co"},
		"Children’s Hospital":           {"childrens", "hospital"},
		"Lāna‘i / Hawaiʻi":              {"lanai", "hawaii"},
		"H-E-B Plus!":                   {"heb", "plus"},
		"h_e_b":                         {"heb"},
		"U.S. Post Office":              {"us", "post", "office"},
		"A & P":                         {"a", "p"},
		"A--B":                          {"a", "b"},
		"a-bc":                          {"a", "bc"},
		"x-y z":                         {"xy", "z"},
		"7-11":                          {"7", "11"},
		"rite_aid":                      {"rite", "aid"},
		"İstanbul ＦＵＬＬ":                 {"istanbul", "full"},
		"薬局 аптека":                     {"薬局", "аптека"},
		"bad \xff\xfe utf":              {"bad", "utf"},
		strings.Repeat("x", 100) + " y": {strings.Repeat("x", 64), "y"},
	} {
		if diff := cmp.Diff(want, Split(text)); diff != "" {
			t.Errorf("%q (-want +got):\n%s", text, diff)
		}
	}
}

func ask(t interface{ Fatalf(string, ...any) }, text string) Question {
	q, ok := Ask(text)
	if !ok {
		t.Fatalf("%q is no question", text)
	}
	return q
}

func TestFindingWords(t *testing.T) {
	docs := []string{"CVS Pharmacy #1 Main St", "CVS Pharmacy #12 Oak St", "Walgreens Main St", "Pharmacia Española", "cvs cvs"}
	var list List
	var entered []Document
	for i, text := range docs {
		entered = append(entered, Document{uint32(i), &list, list.Add(text)})
	}
	x := Index{}.With(entered)
	for asked, want := range map[string][]uint32{
		"cvs":           {0, 1, 4},
		"CVS main":      {0},
		"main cvs":      {0},
		"pharm":         {0, 1, 3},
		"1":             {0, 1},
		"1 cvs":         {0},
		"espanola":      {3},
		"st":            {0, 1, 2},
		"st st":         {0, 1, 2},
		"walgreens oak": nil,
		"nothing":       nil,
		"cvs nothing":   nil,
		"nothing cvs":   nil,
	} {
		if diff := cmp.Diff(want, slices.Collect(x.Find(ask(t, asked)).All())); diff != "" {
			t.Errorf("%q (-want +got):\n%s", asked, diff)
		}
	}
	if _, ok := Ask(" - "); ok {
		t.Error("it asks for no word")
	}
	if n := (Index{}).Find(ask(t, "cvs")).Len(); n != 0 {
		t.Errorf("an empty index finds %d", n)
	}
}

// However documents come and change, they are found by what they say now, in the index as
// it is and in those from before.
func TestAnIndexFindsWhatThereIs(t *testing.T) {
	vocabulary := []string{"a", "ab", "abc", "b", "ba", "c", "cab"}
	rapid.Check(t, func(rt *rapid.T) {
		type state struct {
			x    Index
			says map[uint32]string
		}
		states := []state{{Index{}, map[uint32]string{}}}
		for range rapid.IntRange(1, 12).Draw(rt, "steps") {
			last := states[len(states)-1]
			says := maps.Clone(last.says)
			lists := [2]List{}
			var entered []Document
			for _, n := range rapid.SliceOfNDistinct(rapid.Uint32Range(0, 200), 0, 60, rapid.ID).Draw(rt, "documents") {
				says[n] = strings.Join(rapid.SliceOfN(rapid.SampledFrom(vocabulary), 0, 4).Draw(rt, "words"), " ")
				list := &lists[n%2]
				entered = append(entered, Document{n, list, list.Add(says[n])})
			}
			states = append(states, state{last.x.With(entered), says})
		}
		question := rapid.SliceOfN(rapid.SampledFrom(vocabulary), 1, 3).Draw(rt, "question")
		for i, s := range states {
			var want []uint32
			for n, text := range s.says {
				if has(Split(text), question) {
					want = append(want, n)
				}
			}
			slices.Sort(want)
			found := s.x.Find(ask(rt, strings.Join(question, " ")))
			if diff := cmp.Diff(want, slices.Collect(found.All())); diff != "" || found.Len() != len(want) {
				rt.Fatalf("%d: %q: %d (-want +got):\n%s", i, question, found.Len(), diff)
			}
		}
	})
}

// has is what Find says of one document, the slow way.
func has(text, question []string) bool {
	last := len(question) - 1
	for _, word := range question[:last] {
		if !slices.Contains(text, word) {
			return false
		}
	}
	return slices.ContainsFunc(text, func(word string) bool { return strings.HasPrefix(word, question[last]) })
}

func TestSegmentsStayFew(t *testing.T) {
	x := Index{}
	for n := range uint32(1000) {
		var list List
		x = x.With([]Document{{n % 700, &list, list.Add(fmt.Sprint("word ", n))}})
	}
	if n := len(x.segments); n > 10 {
		t.Errorf("%d segments", n)
	}
	if n := x.Find(ask(t, "word")).Len(); n != 700 {
		t.Errorf("found %d", n)
	}
}

func BenchmarkFind(b *testing.B) {
	const documents = 80_000
	var list List
	entered := make([]Document, documents)
	for n := range entered {
		text := fmt.Sprintf("%s Pharmacy #%07d %d %s St Springfield", []string{"CVS", "Kroger", "Walgreens"}[n%3], n, n*7919%10_000, []string{"Main", "Oak"}[n%2])
		entered[n] = Document{uint32(n), &list, list.Add(text)}
	}
	x := Index{}.With(entered)
	for _, asked := range []string{"pharmacy", "cvs main", "cvs kroger", "0001234 pharmacy", "0", "kroger sp"} {
		b.Run(asked, func(b *testing.B) {
			q := ask(b, asked)
			for b.Loop() {
				x.Find(q)
			}
		})
	}
}
